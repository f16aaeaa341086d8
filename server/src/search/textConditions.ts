import { queryError } from '../contract/errorCodes.ts'
import { countOptionalParts, MAX_OPTIONAL_PARTS } from './regexCost.ts'

/**
 * What a unit's text must match, or must not. Plain data, so that it can go to another thread. Everything is a regular
 * expression: one implementation, and one that the engine compiles to machine code.
 */
export interface TextCondition {
  source: string
  flags: string
  negated: boolean
  /** 1-based, in the query. */
  column: number
}

/** A text as it stands, whatever its case and the blanks between its words, so that line breaks do not matter. */
export function phraseCondition(phrase: string, negated: boolean, column: number): TextCondition {
  const words = phrase.trim().split(/\s+/)
  const source = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('\\s+')
  return { source, flags: 'iu', negated, column }
}

/** `^` and `$` are about lines. Throws `E_QUERY` for what is no regular expression. */
export function regexCondition(source: string, flags: string, negated: boolean, column: number): TextCondition {
  const known = [...new Set(`${flags}m`)].filter((flag) => flag !== 'g').sort()
  const condition = { source, flags: known.join(''), negated, column }
  if (countOptionalParts(source) > MAX_OPTIONAL_PARTS) {
    const what = `has more than ${MAX_OPTIONAL_PARTS} parts that may be left out`
    throw queryError(`The regular expression at column ${column} ${what}.`, column)
  }
  try {
    compileCondition(condition)
  } catch (error) {
    const reason = (error as Error).message.replace(/^.*: /s, '')
    throw queryError(`The regular expression at column ${column} cannot be read: ${reason}.`, column)
  }
  return condition
}

export const compileCondition = ({ source, flags }: TextCondition): RegExp => new RegExp(source, flags)
