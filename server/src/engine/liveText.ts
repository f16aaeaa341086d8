import path from 'node:path'
import { READ_LIMIT_BYTES, WorkspaceFiles } from '../base/workspaceFiles.ts'
import type { SearchHit } from '../contract/units.ts'
import { bestLineFor } from '../search/snippet.ts'
import { LinedText } from './linedText.ts'
import { RecentTexts } from './recentTexts.ts'
import type { SessionHit } from './sessionProtocol.ts'
import { hiddenLines } from './shownSecrets.ts'

/**
 * What files say now: an editor's unsaved text where there is one, the disk otherwise. Hits pass through here last, so
 * that deleted code is never answered, a snippet is never older than the file, and no secret is in one.
 */
export class LiveText {
  readonly #open = new Map<string, string>()
  readonly #recent = new RecentTexts()
  readonly #files: WorkspaceFiles

  /** `maxBlockedMs`: how long reading may have the thread to itself in a search. */
  constructor(
    private readonly folder: string,
    private readonly maxBlockedMs = MAX_BLOCKED_MS,
  ) {
    this.#files = new WorkspaceFiles(folder)
  }

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
    const onDisk = await Promise.all(open.map((each) => this.#onDisk(each)))
    return {
      open,
      unsaved: open.filter((each, i) => this.#open.get(each) !== (onDisk[i] ?? '').replace(/^\uFEFF/, '')),
    }
  }

  /**
   * Hits whose files still reach that far, each with the line that is known to match, or else its best line for the
   * query's words.
   */
  async complete(hits: SessionHit[], query: string): Promise<SearchHit[]> {
    const files = this.#filesOf(hits)
    const bestLine = bestLineFor(query)
    const complete: SearchHit[] = []
    for (const hit of hits) {
      const { path, startLine, matchLine } = hit
      const { absolutePath, text } = files.get(path)!
      const lines = text instanceof Promise ? await text : text
      const endLine = lines?.upTo(hit.endLine) ?? 0
      if (!lines || startLine > endLine) continue
      const hidden = hiddenLines(lines, { ...hit, endLine })
      if (!hidden) continue
      const known = matchLine !== undefined && matchLine <= endLine
      const snippetLine = known ? matchLine : startLine + bestLine(shownText(lines, startLine, endLine, hidden))
      const { nameLine, kind, name, container, language, space, score } = hit
      const snippet = shownText(lines, snippetLine, snippetLine, hidden).trim().slice(0, MAX_SNIPPET_CHARS)
      // The best line is blank where all are: what stood there is deleted.
      if (snippet === '' && !known) continue
      const found = { path, startLine, endLine, nameLine, kind, name, container, language, space, score }
      complete.push({ ...found, absolutePath, snippet, snippetLine })
    }
    return complete
  }

  /** Each hit's file by its path. */
  #filesOf(hits: readonly SessionHit[]): Map<string, HitFile> {
    const files = new Map<string, HitFile>()
    const untilMs = performance.now() + this.maxBlockedMs
    for (const { path: relative } of hits) {
      if (files.has(relative)) continue
      const absolutePath = path.join(this.folder, relative)
      const isSlow = performance.now() >= untilMs
      files.set(relative, {
        absolutePath,
        text: isSlow ? this.#text(relative) : this.#textNow(relative),
      })
    }
    return files
  }

  #textNow(relative: string): LinedText | undefined {
    const open = this.#open.get(relative)
    if (open !== undefined) return new LinedText(open)
    const stats = this.#files.statSync(relative)
    if (typeof stats === 'string') return undefined
    const recent = this.#recent.get(relative, stats)
    if (recent) return recent
    const content = this.#files.readTextSync(relative, READ_LIMIT_BYTES.source)
    return typeof content === 'string' ? undefined : this.#recent.put(relative, content.stats, content.text)
  }

  async #text(relative: string): Promise<LinedText | undefined> {
    const text = this.#open.get(relative) ?? (await this.#onDisk(relative))
    return text === undefined ? undefined : new LinedText(text)
  }

  async #onDisk(relative: string): Promise<string | undefined> {
    const content = await this.#files.read(relative, READ_LIMIT_BYTES.source)
    return typeof content === 'string' ? undefined : content.bytes.toString('utf8')
  }

  /** `undefined` where there is no such file. */
  async lines(relative: string): Promise<string[] | undefined> {
    return (await this.#text(relative))?.lines()
  }
}

function shownText(lines: LinedText, first: number, last: number, hidden: ReadonlySet<number>): string {
  const text = lines.between(first, last)
  if (hidden.size === 0) return text
  return text
    .split('\n')
    .map((line, i) => (hidden.has(first + i) ? '' : line))
    .join('\n')
}

interface HitFile {
  absolutePath: string
  /** None where there is no such file. */
  text: LinedText | undefined | Promise<LinedText | undefined>
}

/**
 * Files that the system has in memory, as mostly, are read in some 10 us, and in six times as many through the pool of
 * threads. Once some have taken so long, the others go there, all at the same time.
 */
const MAX_BLOCKED_MS = 2

const MAX_SNIPPET_CHARS = 200
