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

  /** The unsaved texts among these files. */
  openTexts(relatives: readonly string[]): Map<string, string> {
    return new Map(relatives.flatMap((each) => (this.#open.has(each) ? [[each, this.#open.get(each)!]] : [])))
  }

  /** Files with an editor, and those of them whose text is not what is on disk. */
  async openFiles(): Promise<{ open: string[]; unsaved: string[] }> {
    const open = [...this.#open.keys()]
    const onDisk = await Promise.all(open.map((each) => readFile(path.join(this.folder, each), 'utf8').catch(() => '')))
    return { open, unsaved: open.filter((each, i) => this.#open.get(each) !== onDisk[i]!.replace(/^\uFEFF/, '')) }
  }

  /**
   * Hits whose files still reach that far, each with the line that is known to match, or else its best line for the
   * query's words.
   */
  async complete(hits: SessionHit[], query: string): Promise<SearchHit[]> {
    const texts = new Map<string, Promise<string[] | undefined>>()
    for (const hit of hits) if (!texts.has(hit.path)) texts.set(hit.path, this.lines(hit.path))
    const complete: SearchHit[] = []
    for (const { signals: _, matchLine, ...hit } of hits) {
      const lines = await texts.get(hit.path)
      if (!lines || hit.startLine > lines.length) continue
      const endLine = Math.min(hit.endLine, lines.length)
      const own = lines.slice(hit.startLine - 1, endLine)
      const known = matchLine !== undefined && matchLine <= endLine
      const best = known ? matchLine - hit.startLine : bestLine(own, query)
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

  /** `undefined` where there is no such file. */
  async lines(relative: string): Promise<string[] | undefined> {
    const open = this.#open.get(relative)
    if (open !== undefined) return open.split(/\r?\n/)
    try {
      return (await readFile(path.join(this.folder, relative), 'utf8')).split(/\r?\n/)
    } catch {
      return undefined
    }
  }
}

const MAX_SNIPPET_CHARS = 200
