import { type CharSet, charSetOf, complementOf, SLASH } from './charSet.ts'

export interface CharClass {
  set: CharSet
  /** Index of the closing bracket. */
  end: number
}

/**
 * Reads the `[...]` that begins at `at`: `!` or `^` first for all others, ranges, POSIX classes, `\` before what is
 * meant as it stands; a bracket that comes first is one of the characters. It never holds the slash. Undefined where
 * it does not end, or names a class that there is not. As git's wildmatch.c has it: with `fold`, texts come in small
 * letters, and ranges hold the small letters of what they name, while single letters stand for themselves.
 */
export function readClass(pattern: string, at: number, fold: boolean): CharClass | undefined {
  const ranges: (readonly [number, number])[] = []
  let i = at + 1
  const isNegated = pattern[i] === '!' || pattern[i] === '^'
  if (isNegated) i++
  let previous = -1
  for (let first = true; first || pattern[i] !== ']'; first = false, i++) {
    if (i >= pattern.length) return undefined
    let code = pattern.charCodeAt(i)
    if (code === BACKSLASH) {
      code = pattern.charCodeAt(++i)
      if (i >= pattern.length) return undefined
      ranges.push([code, code])
    } else if (code === HYPHEN && previous > 0 && i + 1 < pattern.length && pattern[i + 1] !== ']') {
      if (pattern[++i] === '\\') i++
      if (i >= pattern.length) return undefined
      const range = [previous, pattern.charCodeAt(i)] as const
      ranges.push(range)
      if (fold) ranges.push(smallLettersOf(range))
      code = -1
    } else if (code === OPEN && pattern[i + 1] === ':') {
      const end = pattern.indexOf(']', i + 2)
      if (end < 0) return undefined
      if (end >= i + 3 && pattern[end - 1] === ':') {
        const named = POSIX.get(pattern.slice(i + 2, end - 1))
        if (!named) return undefined
        ranges.push(...named)
        if (fold && named === UPPER) ranges.push(...LOWER)
        i = end
        code = -1
      } else ranges.push([code, code])
    } else ranges.push([code, code])
    previous = code
  }
  const set = charSetOf(ranges)
  return { set: isNegated ? complementOf(charSetOf([...set, SLASH_ALONE])) : withoutSlash(set), end: i }
}

function smallLettersOf([from, to]: readonly [number, number]): readonly [number, number] {
  return [Math.max(from, 65) + 32, Math.min(to, 90) + 32]
}

function withoutSlash(set: CharSet): CharSet {
  return charSetOf(
    set.flatMap(([from, to]): [number, number][] =>
      from <= SLASH && to >= SLASH
        ? [
            [from, SLASH - 1],
            [SLASH + 1, to],
          ]
        : [[from, to]],
    ),
  )
}

const BACKSLASH = 92
const HYPHEN = 45
const OPEN = 91
const SLASH_ALONE = [SLASH, SLASH] as const

type Ranges = readonly (readonly [number, number])[]

const LOWER: Ranges = [[97, 122]]
const UPPER: Ranges = [[65, 90]]
const DIGIT: Ranges = [[48, 57]]
const ALPHA: Ranges = [...UPPER, ...LOWER]
const PUNCT: Ranges = [
  [33, 47],
  [58, 64],
  [91, 96],
  [123, 126],
]

/** Of ASCII alone, as in the C locale. */
const POSIX = new Map<string, Ranges>([
  ['alnum', [...ALPHA, ...DIGIT]],
  ['alpha', ALPHA],
  [
    'blank',
    [
      [9, 9],
      [32, 32],
    ],
  ],
  [
    'cntrl',
    [
      [0, 31],
      [127, 127],
    ],
  ],
  ['digit', DIGIT],
  ['graph', [[33, 126]]],
  ['lower', LOWER],
  ['print', [[32, 126]]],
  ['punct', PUNCT],
  [
    'space',
    [
      [9, 13],
      [32, 32],
    ],
  ],
  ['upper', UPPER],
  [
    'xdigit',
    [
      [48, 57],
      [65, 70],
      [97, 102],
    ],
  ],
])
