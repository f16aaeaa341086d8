import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupByFile, hitPlace, statusText, toRow } from '../../../client/src/ui/model.ts'
import { modelItems, planDetail } from '../../../client/src/ui/modelChoice.ts'
import { withoutIcons, withoutLinks } from '../../../client/src/ui/plainText.ts'
import type { FolderStatus, WireHit } from '../../../server/src/contract/requests.ts'
import { commandsIn, HOSTILE_TEXTS, hostileText } from '../../support/hostileText.ts'

const hitOf = (text: string): WireHit => ({
  ...{ path: `src/${text}`, absolutePath: `/w/src/${text}`, uri: 'file:///w/src/a.ts', folder: text },
  ...{ startLine: 1, endLine: 2, nameLine: 1, kind: 'function', name: text, container: text },
  ...{ language: 'typescript', space: 'code', score: 1, snippet: text, snippetLine: 1 },
})

const folderOf = (text: string): FolderStatus => ({
  ...{ uri: 'file:///w', name: text, phase: 'error', nFiles: 1, nUnits: 1, nPendingFiles: 0, fraction: 1 },
  ...{ tokensPerSecond: 0, etaSeconds: null, sizeBytes: 1, models: [], notes: [text] },
  error: { code: 'E_FOLDER', message: text, advice: text },
})

/** Every text that views, tooltips and lists show of one. */
function shown(text: string): string[] {
  const hit = hitOf(text)
  const row = toRow(hit, true)
  const [group] = groupByFile([hit], true)
  const plan = { id: text, endpoint: text, repository: text, revision: text, licence: text, isPinned: true }
  const listing = { id: text, state: 'installed', spaces: ['code'], summary: text, sizeBytes: 1 } as const
  return [
    ...[row.label, row.description, row.detail, hitPlace(hit, true), hitPlace(hit, false)],
    ...[group!.fileName, group!.directory],
    ...statusText({ folders: [folderOf(text)] }).tooltip.split('\n'),
    ...modelItems([listing as never], ['installed']).flatMap(({ label, detail }) => [label, detail]),
    ...planDetail({ ...plan, files: [{ path: text, sizeBytes: 1, sha256: text }] } as never, text).split('\n'),
  ]
}

describe('rows, tooltips and lists', () => {
  it('command nothing, break no line, and are not without end', () => {
    const nLines = shown('harmless').length
    const check = (text: string) => {
      const all = shown(text)
      expect(all).toHaveLength(nLines)
      for (const each of all) expect(commandsIn(each), text).toEqual([])
    }
    for (const text of HOSTILE_TEXTS) check(text)
    fc.assert(fc.property(hostileText.map(emojiAway), check))
    const long = toRow(hitOf('x'.repeat(100_000)), true)
    for (const text of [long.label, long.description, long.detail]) expect(text.length).toBeLessThan(1000)
  })
})

describe('what would be more than text', () => {
  it('is no icon', () => {
    expect(withoutIcons('a $(sync~spin) $(x) \\$(y) $(not an icon) $5')).toBe(
      'a \\$(sync~spin) \\$(x) \\$(y) $(not an icon) $5',
    )
    expect(withoutIcons('\u202e$(x)')).toBe('\\u{202e}\\$(x)')
  })

  it('is no link', () => {
    const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)/i
    const texts = ['[a](command:x)', '[[a](command:x)](command:y)', 'E [a](https://b) at /w/[c](file:d)']
    for (const text of texts) {
      expect(text).toMatch(link)
      expect(withoutLinks(text)).not.toMatch(link)
    }
  })
})

/** Joiners between pictures stay, which the list of commanding code points does not know. */
const emojiAway = (text: string) =>
  text.replace(/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u20e3|\u200c|\u200d/gu, '')
