import type { WireHit } from '../../../server/src/contract/requests.ts'
import type { World } from './world.ts'

export interface Verdicts {
  dead: string[]
  missingFile: string[]
  deadSnippet: string[]
  ignored: string[]
}

/**
 * Holds the hits of a question, asked and answered at these times, against every state that their files had in between.
 * A hit that fits one of them was true when it was made.
 */
export function judge(world: World, hits: readonly WireHit[], askedMs: number, answeredMs: number): Verdicts {
  const verdicts: Verdicts = { dead: [], missingFile: [], deadSnippet: [], ignored: [] }
  for (const hit of hits) {
    const { path, name, nameLine, startLine, endLine, snippet, snippetLine } = hit
    if (IGNORE_FILE.test(path)) continue
    const place = `${path}:${startLine}-${endLine} ${name} (line ${nameLine})`
    const texts = world.textsBetween(path, askedMs, answeredMs).filter((text) => text !== undefined)
    const files = texts.map((text) => text.split('\n'))
    const fits = (lines: string[]) =>
      endLine <= lines.length && (name === '' || (lines[nameLine - 1] ?? '').includes(name))
    if (files.length === 0) verdicts.missingFile.push(place)
    else if (!files.some(fits)) verdicts.dead.push(place)
    else if (!files.some((lines) => (lines[snippetLine - 1] ?? '').trim().startsWith(snippet)))
      verdicts.deadSnippet.push(`${place}: ${snippetLine}: ${snippet}`)
    if (world.ignoredSinceMs(path) < askedMs - SETTLED_MS) verdicts.ignored.push(place)
  }
  return verdicts
}

/** Time that Lateral has to see a change of the disk by itself. */
export const SETTLED_MS = 2000
const IGNORE_FILE = /^\.(git|lateral)ignore$/
