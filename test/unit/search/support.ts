import { bodyTerms, contextTerms } from '../../../server/src/base/words.ts'
import type { Unit } from '../../../server/src/contract/units.ts'
import { FolderView } from '../../../server/src/index/folderView.ts'
import { LexicalStore } from '../../../server/src/index/lexical/store.ts'
import { type Candidate, joinLists, type Signal } from '../../../server/src/search/candidates.ts'
import { profileOf } from '../../../server/src/search/profile.ts'
import { parseQuery } from '../../../server/src/search/query.ts'

/** A unit of a fixture; what is left out follows from its place in the list. */
export type FixtureUnit = Partial<Pick<Unit, 'kind' | 'name' | 'container' | 'space' | 'doc' | 'text'>> & {
  nLines?: number
}

export interface Folder {
  view: FolderView
  lexical: LexicalStore
  /** Names of units where they have one, else `path#n`. */
  label(unit: number): string
  unit(label: string): number
  put(path: string, units: FixtureUnit[]): void
}

/** A folder's table and words as the index keeps them, from paths and units. */
export function folderOf(files: Record<string, FixtureUnit[]>): Folder {
  const view = new FolderView()
  const lexical = new LexicalStore()
  const key = (text: string) => text.slice(-22).padStart(22, 'k')
  const keys = new Map<string, string>()
  const keyOf = (text: string) => {
    if (!keys.has(text)) keys.set(text, key(String(keys.size)))
    return keys.get(text)!
  }
  const label = (unit: number) =>
    view.name(unit) || `${view.path(unit)}#${view.unitsOfFile(view.file[unit]!).indexOf(unit)}`
  const folder: Folder = {
    view,
    lexical,
    label,
    unit: (wanted) => [...view.live].find((unit) => label(unit) === wanted)!,
    put: (path, units) => {
      let line = 1
      const inputs = units.map(({ nLines = 5, ...given }) => {
        const unit = { kind: 'function' as const, name: '', container: '', doc: '', space: 'code' as const, ...given }
        const text = unit.text ?? unit.name
        const bodyKey = keyOf(`body ${text}`)
        const contextKey = keyOf(`context ${path} ${unit.container}`)
        lexical.add(bodyKey, bodyTerms({ ...unit, text }))
        lexical.add(contextKey, contextTerms(path, unit.container))
        const startLine = line
        line += nLines
        return { ...unit, startLine, endLine: line - 1, nameLine: startLine, bodyKey, contextKey }
      })
      const language = LANGUAGES[path.slice(path.lastIndexOf('.') + 1)] ?? 'plaintext'
      const row = { path, sizeBytes: 1, mtimeMs: 0, contentHash: '', language, outcome: 'ok' }
      view.putFile({ ...row, units: inputs }, (wanted) => lexical.docId(wanted)!)
    },
  }
  for (const [path, units] of Object.entries(files)) folder.put(path, units)
  return folder
}

/** Values of a signal for every unit of a folder, by label; each unit is a candidate with a lexical score of 1. */
export function valuesOf(signal: Signal, query: string, folder: Folder, scores: Record<string, number> = {}) {
  const { view, label } = folder
  const units = [...view.live].map((unit) => ({ unit, score: scores[label(unit)] ?? 1 }))
  const candidates: Candidate[] = joinLists([], units, view).map((each) => ({
    ...each,
    lexical: scores[label(each.unit)] ?? 1,
  }))
  const values = signal(candidates, { table: view, query: profileOf(parseQuery(query)) })
  return Object.fromEntries(candidates.map(({ unit }, i) => [label(unit), Math.round(values[i]! * 1000) / 1000]))
}

const LANGUAGES: Record<string, string> = {
  ts: 'typescript',
  tsx: 'typescriptreact',
  js: 'javascript',
  py: 'python',
  go: 'go',
  rs: 'rust',
  md: 'markdown',
  json: 'json',
}
