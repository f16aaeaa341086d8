import { contentKey } from '../base/hash.ts'
import { WorkspaceFiles } from '../base/workspaceFiles.ts'
import { decodeText } from '../chunk/decode.ts'
import { isUnchanged, statOf } from '../ingest/fileStat.ts'
import type { TextCondition } from '../search/textConditions.ts'
import { type LinedText, linedText, TextMatcher, type UnitPlaces } from '../search/textMatch.ts'

export interface TextScanParams {
  folder: string
  conditions: TextCondition[]
  places: UnitPlaces
  /** Numbers of paths whose places are known to be the present ones, whatever the index has read. */
  present: readonly number[]
  /** Texts of files that an editor holds, by path: they count, not the disk. Their places are present ones. */
  openTexts: Map<string, string>
  maxFileSizeBytes: number
  /** Enough is found then. */
  stopAfter: number
  /** Leaves out a unit whose match lies in a smaller one that is chosen, too. Needs places by path and line. */
  innermost?: boolean
  budgetMs: number
  /** Shared memory of `SCAN_SHARED_WORDS` numbers, in which both ends see how far the scan is. */
  shared: Int32Array
}

export interface TextScanAnswer {
  /** Which of the places meet the conditions, in their order. */
  chosen: Uint32Array
  /** The line of each that shows it, 1-based. */
  lines: Uint32Array
  /** Numbers of paths whose text is not what the index has read: no unit of theirs is among the chosen. */
  changed: number[]
  /** False where the time ran out first. */
  isComplete: boolean
}

/** Set to 1 by the one who no longer wants the answer. */
export const SCAN_WITHDRAWN = 0
/** Grows with every unit and every file. */
export const SCAN_STEPS = 1
/** Number of the condition that is being tried; -1 while none is. */
export const SCAN_CONDITION = 2
export const SCAN_SHARED_WORDS = 3

/**
 * Looks at the texts of units as they are now. Synchronous, for a thread of its own: that is several times quicker, and
 * an expression that never ends can only be stopped together with its thread. Some 30 microseconds a file.
 */
export function scanTexts(params: TextScanParams, now: () => number): TextScanAnswer {
  const { places, shared, budgetMs } = params
  const matcher = new TextMatcher(params.conditions, (condition) => Atomics.store(shared, SCAN_CONDITION, condition))
  const texts = new Texts(params, matcher)
  const deadlineMs = now() + budgetMs
  const chosen: number[] = []
  const lines: number[] = []
  let isComplete = true
  for (let i = 0; i < places.path.length && !isEnough(params, chosen.length, i); i++) {
    Atomics.add(shared, SCAN_STEPS, 1)
    if (now() > deadlineMs || Atomics.load(shared, SCAN_WITHDRAWN) === 1) {
      isComplete = false
      break
    }
    const text = texts.of(places.path[i]!)
    const line = text && matcher.match(text, places.startLine[i]!, places.endLine[i]!)
    Atomics.store(shared, SCAN_CONDITION, -1)
    if (line === undefined) continue
    if (params.innermost) dropEnclosing(places, chosen, lines, i)
    chosen.push(i)
    lines.push(line)
  }
  return { chosen: Uint32Array.from(chosen), lines: Uint32Array.from(lines), changed: texts.changed, isComplete }
}

/** Where the smallest units are wanted, a file is looked at to its end: they come after those around them. */
function isEnough({ places, stopAfter, innermost }: TextScanParams, nChosen: number, next: number): boolean {
  return nChosen >= stopAfter && !(innermost && places.path[next] === places.path[next - 1])
}

/** Takes out what encloses unit `inner` and has its match in there. */
function dropEnclosing(
  { path, startLine, endLine }: UnitPlaces,
  chosen: number[],
  lines: number[],
  inner: number,
): void {
  const [start, end] = [startLine[inner]!, endLine[inner]!]
  for (let k = chosen.length - 1; k >= 0 && path[chosen[k]!] === path[inner]; k--) {
    const outer = chosen[k]!
    const encloses = startLine[outer]! <= start && end <= endLine[outer]!
    if (!encloses || lines[k]! < start || lines[k]! > end) continue
    chosen.splice(k, 1)
    lines.splice(k, 1)
  }
}

/** Texts by number of their path, kept while there is room: ranked units come in any order. */
class Texts {
  /** Numbers of paths that turned out to differ from what the index has read. */
  readonly changed: number[] = []
  readonly #kept = new Map<number, LinedText | undefined>()
  readonly #files: WorkspaceFiles
  readonly #present: ReadonlySet<number>
  #nChars = 0

  constructor(
    private readonly params: TextScanParams,
    private readonly matcher: TextMatcher,
  ) {
    this.#files = new WorkspaceFiles(params.folder)
    this.#present = new Set(params.present)
  }

  /** `undefined` for what cannot be read, has changed, and where no part can meet the conditions. */
  of(which: number): LinedText | undefined {
    if (this.#kept.has(which)) return this.#kept.get(which)
    const raw = this.params.openTexts.get(this.params.places.paths[which]!) ?? this.#read(which)
    const lined = raw === undefined ? undefined : linedText(raw)
    const text = lined && this.matcher.mayMatch(lined) ? lined : undefined
    if (this.#nChars > MAX_KEPT_CHARS) {
      this.#kept.clear()
      this.#nChars = 0
    }
    this.#kept.set(which, text)
    this.#nChars += text?.text.length ?? 0
    return text
  }

  #read(which: number): string | undefined {
    const { places, maxFileSizeBytes } = this.params
    const file = places.paths[which]!
    const then = places.stats[which]
    if (then) {
      const quick = this.#files.readTextSync(file, maxFileSizeBytes)
      if (typeof quick === 'string') return undefined
      // What is no UTF-8, or has a mark of UTF-16, is decoded with more care.
      if (!quick.text.startsWith('\uFFFD') && isUnchanged(statOf(quick.stats), then)) return quick.text
    }
    const content = this.#files.readSync(file, maxFileSizeBytes)
    if (typeof content === 'string') return undefined
    const { bytes } = content
    if (!this.#present.has(which) && contentKey(bytes) !== places.contentHashes[which]) {
      if (!this.changed.includes(which)) this.changed.push(which)
      return undefined
    }
    const decoded = decodeText(bytes)
    return 'problem' in decoded ? undefined : decoded.text
  }
}

const MAX_KEPT_CHARS = 16_000_000
