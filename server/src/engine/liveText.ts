import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { SearchHit } from '../contract/units.ts'
import { bestLine } from '../search/snippet.ts'
import type { SessionHit } from './sessionProtocol.ts'

/**
 * What files say now: an editor's unsaved text where there is one, the disk otherwise. Hits pass through here last, so
 * that deleted code is never answered and a snippet is never older than the file.
 */
export class LiveText {
  readonly #open = new Map<string, string>()

  constructor(private readonly folder: string) {}

  setOpenText(relative: string, text: string | undefined): void {
    if (text === undefined) this.#open.delete(relative)
    else this.#open.set(relative, text)
  }

  /** Hits whose files still reach that far and hold every phrase as it stands (case aside), with their best line for the query's words. */
  async complete(hits: SessionHit[], query: string, phrases: readonly string[] = []): Promise<SearchHit[]> {
    const texts = new Map<string, Promise<string[] | undefined>>()
    for (const hit of hits) if (!texts.has(hit.path)) texts.set(hit.path, this.#lines(hit.path))
    const complete: SearchHit[] = []
    for (const { signals: _, ...hit } of hits) {
      const lines = await texts.get(hit.path)
      if (!lines || hit.startLine > lines.length) continue
      const endLine = Math.min(hit.endLine, lines.length)
      const own = lines.slice(hit.startLine - 1, endLine)
      if (!hasPhrases(own, phrases)) continue
      const best = bestLine(own, query)
      complete.push({
        ...hit,
        endLine,
        absolutePath: path.join(this.folder, hit.path),
        snippet: (own[best] ?? '').trim().slice(0, MAX_SNIPPET_CHARS),
        snippetLine: hit.startLine + best,
      })
    }
    return complete
  }

  async #lines(relative: string): Promise<string[] | undefined> {
    const open = this.#open.get(relative)
    if (open !== undefined) return open.split(/\r?\n/)
    try {
      return (await readFile(path.join(this.folder, relative), 'utf8')).split(/\r?\n/)
    } catch {
      return undefined
    }
  }
}

/** Across lines, whatever the blanks between words. */
function hasPhrases(lines: readonly string[], phrases: readonly string[]): boolean {
  if (phrases.length === 0) return true
  const text = oneLine(lines.join(' '))
  return phrases.every((phrase) => text.includes(oneLine(phrase)))
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').toLowerCase()

const MAX_SNIPPET_CHARS = 200
