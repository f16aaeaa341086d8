import type { Stats } from 'node:fs'
import path from 'node:path'
import { normalText } from '../base/normalText.ts'
import { READ_LIMIT_BYTES, WorkspaceFiles } from '../base/workspaceFiles.ts'
import type { SearchHit } from '../contract/units.ts'
import { bestLineFor } from '../search/snippet.ts'
import type { UnitPlaces } from '../search/textMatch.ts'
import { carryUnits } from './carriedUnits.ts'
import type { LinedText } from './linedText.ts'
import { LiveFile } from './liveFile.ts'
import { RecentTexts } from './recentTexts.ts'
import type { FileOutline, SessionHit } from './sessionProtocol.ts'
import { hiddenLines, hiddenLinesOfCut } from './shownSecrets.ts'

export interface LiveTextOptions {
  /** Units of files as the index has them, for those that are not as it read them. */
  outlines?: (paths: string[]) => Promise<FileOutline[]>
  /** Told of each file on disk that is found to differ from what the index has, once for each of its states. */
  onStale?: (path: string) => void
  maxFileSizeBytes?: number
  /** How long reading may have the thread to itself in a search. */
  maxBlockedMs?: number
}

/**
 * What files say now: an editor's unsaved text where there is one, the disk otherwise. Hits pass through here last: one is
 * shown only where its unit's text, or at least its head, is in the file now, and at the lines where it is. Files whose
 * content is what the index has read need no look at their units.
 */
export class LiveText {
  readonly #files: WorkspaceFiles
  readonly #open = new Map<string, LiveFile>()
  /** The same as editors hold them, line ends included. */
  readonly #openTexts = new Map<string, string>()
  readonly #recent = new RecentTexts()
  readonly #told = new Map<string, string>()

  constructor(
    private readonly folder: string,
    private readonly options: LiveTextOptions = {},
  ) {
    this.#files = new WorkspaceFiles(folder)
  }

  setOpenText(relative: string, text: string | undefined): void {
    if (text === undefined) {
      this.#open.delete(relative)
      this.#openTexts.delete(relative)
    } else {
      this.#open.set(relative, new LiveFile(normalText(text)))
      this.#openTexts.set(relative, text)
    }
  }

  /** The unsaved texts among these files. */
  openTexts(relatives: readonly string[]): Map<string, string> {
    return new Map(
      relatives.flatMap((each) => {
        const open = this.#open.get(each)
        return open ? [[each, open.text.text]] : []
      }),
    )
  }

  /** Files with an editor, and those of them whose text is not what is on disk. */
  async openFiles(): Promise<{ open: string[]; unsaved: string[] }> {
    const open = [...this.#open.keys()]
    const onDisk = await Promise.all(open.map((each) => this.#files.read(each, this.maxFileSizeBytes)))
    const isUnsaved = (each: string, i: number) => {
      const content = onDisk[i]!
      const saved = typeof content === 'string' ? '' : content.bytes.toString('utf8').replace(/^\uFEFF/, '')
      return this.#openTexts.get(each) !== saved
    }
    return { open, unsaved: open.filter(isUnsaved) }
  }

  /** The hits that are there now, at their lines, each with the line known to match or else its best for the query. */
  async complete(hits: SessionHit[], query: string): Promise<SearchHit[]> {
    const bestLine = bestLineFor(query)
    const complete: SearchHit[] = []
    for (const { file, ...hit } of await this.#carry(hits)) {
      const { path: relative, startLine, endLine, matchLine } = hit
      const lines = file.text
      const known = matchLine !== undefined && startLine <= matchLine && matchLine <= endLine
      const lineBeside = (hidden: ReadonlySet<number>) =>
        known ? matchLine : startLine + bestLine(shownText(lines, startLine, endLine, hidden))
      let snippetLine = 0
      let hidden: false | ReadonlySet<number>
      if (hit.isCurrent && file.hash === hit.contentHash) {
        snippetLine = lineBeside(NOTHING)
        hidden = hiddenLinesOfCut(lines, hit, snippetLine)
      } else hidden = hiddenLines(lines, hit)
      if (!hidden) continue
      if (snippetLine === 0 || hidden.size > 0) snippetLine = lineBeside(hidden)
      const { nameLine, kind, name, container, language, space, score } = hit
      const snippet = shownText(lines, snippetLine, snippetLine, hidden).trim().slice(0, MAX_SNIPPET_CHARS)
      // Nothing is left to show where all other lines are hidden.
      if (snippet === '' && !known) continue
      const found = { path: relative, startLine, endLine, nameLine, kind, name, container, language, space, score }
      complete.push({ ...found, absolutePath: path.join(this.folder, relative), snippet, snippetLine })
    }
    return complete
  }

  /** The hits that are there now, at their lines. */
  async carried(hits: SessionHit[]): Promise<SessionHit[]> {
    return (await this.#carry(hits)).map(({ file: _, ...hit }) => hit)
  }

  /**
   * Units of the given paths (numbers of `places.paths`) at their present lines, the others as they are; what is not there
   * any more lies past every end. Answers with the same object where nothing has moved.
   */
  async present(places: UnitPlaces, which: readonly number[]): Promise<UnitPlaces> {
    const files = new Map<number, LiveFile | undefined>()
    const changed: number[] = []
    for (const each of which) {
      const relative = places.paths[each]!
      const file = await this.#current(relative, places.contentHashes[each]!)
      files.set(each, file)
      if (file?.hash !== places.contentHashes[each]) changed.push(each)
    }
    if (changed.length === 0) return places
    await this.#carryAll(changed.map((each) => [places.paths[each]!, files.get(each), places.contentHashes[each]!]))
    const wanted = new Set(changed)
    const [startLine, endLine] = [places.startLine.slice(), places.endLine.slice()]
    places.path.forEach((each, i) => {
      if (!wanted.has(each)) return
      const unit = { startLine: startLine[i]!, endLine: endLine[i]! }
      const carried = files.get(each)?.carried(unit)
      startLine[i] = carried?.startLine ?? NOWHERE
      endLine[i] = carried?.endLine ?? NOWHERE
    })
    return { ...places, startLine, endLine }
  }

  /** The innermost unit around a present line: its name, its place now, and the lines that the index has of it. */
  async unitAt(relative: string, startLine: number, endLine = startLine): Promise<LiveUnit | undefined> {
    const [outline] = (await this.options.outlines?.([relative])) ?? []
    const file = outline && (await this.#current(relative, outline.contentHash))
    if (!file) return undefined
    const isSame = file.hash === outline.contentHash
    if (!isSame) file.carry(outline)
    const units = isSame ? outline.units.map((unit) => [unit, unit] as const) : file.carriedUnits()
    let best: LiveUnit | undefined
    for (const [indexed, now] of units) {
      if (!now || now.startLine > startLine || now.endLine < endLine) continue
      if (best && best.endLine - best.startLine <= now.endLine - now.startLine) continue
      best = { ...now, indexed }
    }
    return best
  }

  /** `undefined` where there is no such file. */
  async lines(relative: string): Promise<string[] | undefined> {
    return (this.#open.get(relative) ?? (await this.#read(relative)))?.text.lines()
  }

  async #carry(hits: readonly SessionHit[]): Promise<(SessionHit & { file: LiveFile })[]> {
    const files = await this.#filesOf(hits)
    const changed = new Map<string, [string, LiveFile | undefined, string]>()
    for (const { path: relative, contentHash } of hits) {
      const file = files.get(relative)
      if (file?.hash !== contentHash) changed.set(relative, [relative, file, contentHash])
    }
    if (changed.size > 0) await this.#carryAll([...changed.values()])
    return hits.flatMap((hit) => {
      const file = files.get(hit.path)
      if (!file) return []
      if (file.hash === hit.contentHash) return [{ ...hit, file }]
      const carried = file.knows(hit.contentHash) ? file.carried(hit) : null
      // Where the index has read the file anew since, the hit is looked for by itself.
      const place = carried === null ? carryAlone(hit, file) : carried
      return place ? [{ ...hit, ...place, file }] : []
    })
  }

  /** Each hit's file by its path. */
  async #filesOf(hits: readonly SessionHit[]): Promise<Map<string, LiveFile | undefined>> {
    const files = new Map<string, LiveFile | undefined>()
    const slow = new Map<string, string>()
    const untilMs = performance.now() + (this.options.maxBlockedMs ?? MAX_BLOCKED_MS)
    for (const { path: relative, contentHash } of hits) {
      if (files.has(relative)) continue
      const isSlow = performance.now() >= untilMs
      const file = isSlow ? undefined : this.#currentNow(relative)
      files.set(relative, file)
      if (isSlow || (file && file.hash !== contentHash && this.#open.has(relative))) slow.set(relative, contentHash)
    }
    const read = async ([relative, contentHash]: [string, string]) => {
      files.set(relative, await this.#current(relative, contentHash))
    }
    await Promise.all([...slow].map(read))
    return files
  }

  /** Carries over the units of files that differ from what the index has. */
  async #carryAll(changed: readonly (readonly [string, LiveFile | undefined, string])[]): Promise<void> {
    for (const [relative, file] of changed) this.#tellStale(relative, file)
    const asked = changed.filter(([, file, contentHash]) => file && !file.knows(contentHash))
    if (asked.length === 0) return
    const outlines = (await this.options.outlines?.(asked.map(([relative]) => relative))) ?? []
    const byPath = new Map(outlines.map((outline) => [outline.path, outline]))
    for (const [relative, file] of asked) {
      const outline = byPath.get(relative)
      if (outline) file!.carry(outline)
    }
  }

  #tellStale(relative: string, file: LiveFile | undefined): void {
    if (this.#open.has(relative)) return
    const state = file?.hash ?? 'gone'
    if (this.#told.get(relative) === state) return
    if (this.#told.size > MAX_TOLD) this.#told.clear()
    this.#told.set(relative, state)
    this.options.onStale?.(relative)
  }

  /** The file as it is now; one that an editor holds without a change counts as the one on disk. */
  async #current(relative: string, contentHash: string): Promise<LiveFile | undefined> {
    const open = this.#open.get(relative)
    if (!open) return this.#read(relative)
    if (open.hash !== contentHash) {
      const onDisk = await this.#read(relative)
      if (onDisk?.hash === contentHash && onDisk.text.text === open.text.text) open.hash = contentHash
    }
    return open
  }

  #currentNow(relative: string): LiveFile | undefined {
    const open = this.#open.get(relative)
    if (open) return open
    return this.#kept(relative) ?? this.#keep(relative, this.#files.readSync(relative, this.maxFileSizeBytes))
  }

  /** As it is on disk. */
  async #read(relative: string): Promise<LiveFile | undefined> {
    return this.#kept(relative) ?? this.#keep(relative, await this.#files.read(relative, this.maxFileSizeBytes))
  }

  /** What was read of the file before, where that is what it still is. */
  #kept(relative: string): LiveFile | undefined {
    if (!this.#recent.has(relative)) return undefined
    const stats = this.#files.statSync(relative)
    return typeof stats === 'string' ? undefined : this.#recent.get(relative, stats)
  }

  #keep(relative: string, content: { bytes: Uint8Array; stats: Stats } | string): LiveFile | undefined {
    if (typeof content === 'string') return undefined
    const file = LiveFile.of(content.bytes)
    return file && this.#recent.put(relative, content.stats, file)
  }

  get maxFileSizeBytes(): number {
    return this.options.maxFileSizeBytes ?? READ_LIMIT_BYTES.source
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

/** A unit where it is now. */
export interface LiveUnit {
  name: string
  startLine: number
  endLine: number
  nameLine: number
  /** As the index has it. */
  indexed: { startLine: number; endLine: number; nameLine: number }
}

/** Without the units around it, a unit that was edited is taken to be as long as it was. */
function carryAlone(hit: SessionHit, file: LiveFile) {
  const [carried] = carryUnits([hit], file.lineHashes)
  if (!carried) return undefined
  const endLine = Math.max(carried.nameLine, carried.startLine + hit.endLine - hit.startLine)
  return { ...carried, endLine: Math.min(carried.endLine, endLine) }
}

const NOTHING: ReadonlySet<number> = new Set()

/** Past the end of every file. */
const NOWHERE = 0xffffffff

/**
 * Files that the system has in memory, as mostly, are read in some 10 us, and in six times as many through the pool of
 * threads. Once some have taken so long, the others go there.
 */
const MAX_BLOCKED_MS = 2

const MAX_SNIPPET_CHARS = 200
const MAX_TOLD = 10_000
