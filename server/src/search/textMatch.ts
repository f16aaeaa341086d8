import { lowerBound } from '../base/lowerBound.ts'
import { normalText } from '../base/normalText.ts'
import type { FileStat } from '../index/types.ts'
import { compileCondition, type TextCondition } from './textConditions.ts'

/** Units by place, as columns, so that many of them cross a thread border at once. Lines are 1-based and inclusive. */
export interface UnitPlaces {
  /** Each once. */
  paths: string[]
  /** Of each path: what the index has read, by which the lines are. */
  contentHashes: string[]
  /**
   * Of each path, where known: size, both times and inode (`FileStat`) of the file when it was read; the same now, and it
   * need not be hashed.
   */
  stats: FileStat[]
  /** Index into `paths`, by unit. */
  path: Uint32Array
  startLine: Uint32Array
  endLine: Uint32Array
}

/** A text and where its lines start. */
export interface LinedText {
  text: string
  lineStarts: number[]
}

/** Lines are those that the chunker counts. O(text). */
export function linedText(raw: string): LinedText {
  const text = normalText(raw)
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1)
  return { text, lineStarts }
}

/** Tells which parts of texts meet conditions. `onTry` is called before each with its index: it may take long. */
export class TextMatcher {
  readonly #required: { regex: RegExp; index: number; isLocal: boolean }[] = []
  readonly #forbidden: { regex: RegExp; index: number }[] = []

  constructor(
    conditions: readonly TextCondition[],
    private readonly onTry: (condition: number) => void = () => {},
  ) {
    conditions.forEach((condition, index) => {
      const regex = compileCondition(condition)
      if (condition.negated) this.#forbidden.push({ regex, index })
      // What looks around may see past the end of a unit, so that the whole text and a part of it differ.
      else this.#required.push({ regex, index, isLocal: !LOOKS_AROUND.test(condition.source) })
    })
  }

  /** False where no part of the text can meet the conditions: most files, at the cost of one look at each. */
  mayMatch({ text }: LinedText): boolean {
    return this.#required.every(({ regex, index, isLocal }) => !isLocal || this.#find(regex, index, text) >= 0)
  }

  /**
   * The line on which the first required match within these lines begins, 1-based; their first line where nothing is
   * required. `undefined` where they do not meet the conditions or lie past the end.
   */
  match({ text, lineStarts }: LinedText, startLine: number, endLine: number): number | undefined {
    if (startLine > lineStarts.length) return undefined
    const start = lineStarts[startLine - 1]!
    const part = text.slice(start, (lineStarts[endLine] ?? text.length + 1) - 1)
    let first = -1
    for (const { regex, index } of this.#required) {
      const at = this.#find(regex, index, part)
      if (at < 0) return undefined
      if (first < 0) first = at
    }
    for (const { regex, index } of this.#forbidden) if (this.#find(regex, index, part) >= 0) return undefined
    return first < 0 ? startLine : lineAt(lineStarts, start + first)
  }

  #find(regex: RegExp, index: number, text: string): number {
    this.onTry(index)
    return text.search(regex)
  }
}

/** Number of the line, 1-based, that holds the offset. */
function lineAt(lineStarts: readonly number[], offset: number): number {
  return lowerBound(lineStarts.length, (line) => lineStarts[line]! > offset)
}

const LOOKS_AROUND = /\(\?<?[=!]/
