import { READ_LIMIT_BYTES, WorkspaceFiles } from '../base/workspaceFiles.ts'
import type { TextCondition } from '../search/textConditions.ts'
import { type LinedText, linedText, TextMatcher, type UnitPlaces } from '../search/textMatch.ts'

export interface TextScanParams {
  folder: string
  conditions: TextCondition[]
  places: UnitPlaces
  /** Texts of files that an editor holds, by path: they count, not the disk. */
  openTexts: Map<string, string>
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
  return { chosen: Uint32Array.from(chosen), lines: Uint32Array.from(lines), isComplete }
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
  readonly #kept = new Map<number, LinedText | undefined>()
  readonly #files: WorkspaceFiles
  #nChars = 0

  constructor(
    private readonly params: TextScanParams,
    private readonly matcher: TextMatcher,
  ) {
    this.#files = new WorkspaceFiles(params.folder)
  }

  /** `undefined` for what cannot be read, and where no part can meet the conditions. */
  of(which: number): LinedText | undefined {
    if (this.#kept.has(which)) return this.#kept.get(which)
    const { places, openTexts } = this.params
    const raw = openTexts.get(places.paths[which]!) ?? this.#onDisk(places.paths[which]!)
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

  #onDisk(relative: string): string | undefined {
    const content = this.#files.readTextSync(relative, READ_LIMIT_BYTES.source)
    return typeof content === 'string' ? undefined : content.text
  }
}

const MAX_KEPT_CHARS = 16_000_000
