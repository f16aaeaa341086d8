import { Automaton } from './automaton.ts'
import { type CharClass, readClass } from './charClass.ts'
import { ANY, type CharSet, charOf, NOT_SLASH, SLASH_ALONE } from './charSet.ts'
import { Nfa } from './nfa.ts'

export interface GlobOptions {
  ignoreCase?: boolean
  /** `@(a|b)`, `?(a|b)`, `+(a|b)`, `*(a|b)` are groups; else brackets stand for themselves. */
  groups?: boolean
}

/**
 * Globs as editors have them, all matched at once in time linear in the text: `*` and `?` for characters of a name,
 * `**` as a whole part for any number of folders, `[a-z]` and `[!a-z]`, `{a,b}` and `{a..e}`, `\` before what is meant
 * as it stands. What begins with a dot is no exception. A bracket that is never closed stands for itself, and so does
 * `[id]` beside the letters it names. There is no negation: `!` stands for itself, and `!(a)` is read as `*`, since what
 * is to be left out must not come in. Nothing but `**` reaches over a slash.
 */
export class Globs {
  readonly #automaton: Automaton
  readonly #ignoreCase: boolean

  constructor(globs: readonly string[], { ignoreCase = false, groups = false }: GlobOptions = {}) {
    this.#ignoreCase = ignoreCase
    const nfa = new Nfa()
    const start = nfa.addState()
    for (const glob of globs) {
      const first = nfa.addState()
      nfa.join(start, first)
      const written = ignoreCase ? glob.toLowerCase() : glob
      nfa.accept(new GlobReader(nfa, written, groups).read(first), { rule: 0, directoryOnly: false })
    }
    this.#automaton = new Automaton(nfa, start)
  }

  /** Whether a path, or a name, is matched by any of the globs as a whole. */
  matches(text: string): boolean {
    const walked = this.#automaton.walk(this.#automaton.start, this.#ignoreCase ? text.toLowerCase() : text)
    return walked.fileRule >= 0
  }

  /** What was done to match so far; see `Automaton`. */
  get nSteps(): number {
    return this.#automaton.nSteps
  }
}

interface Group {
  /** Of `@?+*` before a bracket, or the brace. */
  sign: string
  separator: ',' | '|'
  /** Index of the closing bracket. */
  end: number
  /** The state before its choices, and those behind them. */
  start: number
  behind: number[]
}

/** Adds one glob to an NFA, from left to right. */
class GlobReader {
  readonly #open: Group[] = []
  readonly #brackets: Brackets
  /** Where the slash and stars stand that the glob ends with. */
  readonly #restAt: number

  constructor(
    readonly nfa: Nfa,
    readonly glob: string,
    hasGroups: boolean,
  ) {
    this.#brackets = bracketsOf(glob, hasGroups)
    let end = glob.length
    while (glob[end - 1] === '*') end--
    const hasRest = glob.length - end >= 2 && glob[end - 1] === '/' && glob[end - 2] !== '*'
    this.#restAt = hasRest ? end - 1 : -1
  }

  /** Adds what leads from a state through a text that the glob matches; gives the state behind it. */
  read(from: number): number {
    const { nfa, glob } = this
    let at = from
    for (let i = 0; i < glob.length; i++) {
      const char = glob[i]!
      const group = this.#open.at(-1)
      const charClass = this.#brackets.classes.get(i)
      if (this.#opensGroup(i)) {
        const bracket = char === '{' ? i : i + 1
        const end = this.#brackets.closing.get(bracket)!
        if (char === '!') at = nfa.repeat(at, NOT_SLASH)
        else at = this.#beginGroup(at, char, end)
        i = char === '!' ? end : bracket
      } else if (i === group?.end) at = this.#endGroup(at)
      else if (char === group?.separator) at = this.#beginChoice(group, at)
      else if (i === this.#restAt) return this.#rest(at)
      else if (char === '*') {
        const first = i
        while (glob[i + 1] === '*' && !this.#opensGroup(i + 1)) i++
        const isWhole = i > first && this.#isBorder(first - 1) && this.#isBorder(i + 1)
        if (isWhole && glob[i + 1] === '/') {
          at = nfa.directories(at)
          i++
        } else at = nfa.repeat(at, isWhole ? ANY : NOT_SLASH)
      } else if (char === '?') at = nfa.step(at, NOT_SLASH)
      else if (charClass) {
        at = this.#classOrItself(at, charClass, glob.slice(i, charClass.end + 1))
        i = charClass.end
      } else if (char === '{' && rangeAt(glob, i)) {
        at = nfa.step(at, rangeAt(glob, i)!)
        i += RANGE_CHARS - 1
      } else if (char === '\\' && i + 1 < glob.length) at = nfa.step(at, charOf(glob.charCodeAt(++i)))
      else at = nfa.step(at, charOf(glob.charCodeAt(i)))
    }
    return at
  }

  #opensGroup(i: number): boolean {
    const { glob } = this
    if (glob[i] === '{') return this.#brackets.closing.has(i)
    return GROUP_SIGNS.includes(glob[i]!) && glob[i + 1] === '(' && this.#brackets.closing.has(i + 1)
  }

  #beginGroup(at: number, sign: string, end: number): number {
    const start = this.nfa.addState()
    this.nfa.join(at, start)
    const choice = this.nfa.addState()
    this.nfa.join(start, choice)
    this.#open.push({ sign, separator: sign === '{' ? ',' : '|', end, start, behind: [] })
    return choice
  }

  #beginChoice(group: Group, at: number): number {
    group.behind.push(at)
    const choice = this.nfa.addState()
    this.nfa.join(group.start, choice)
    return choice
  }

  #endGroup(at: number): number {
    const { sign, start, behind } = this.#open.pop()!
    const end = this.nfa.addState()
    for (const one of [...behind, at]) this.nfa.join(one, end)
    if (sign === '?' || sign === '*') this.nfa.join(start, end)
    if (sign === '+' || sign === '*') this.nfa.join(end, start)
    return end
  }

  // `a/**` is `a` too; but `a*` with the same end is what lies inside alone, as picomatch has it.
  #rest(at: number): number {
    const behind = this.nfa.addState()
    this.nfa.join(at, behind)
    const inside = this.nfa.addState()
    this.nfa.join(at, inside)
    this.nfa.join(this.nfa.repeat(this.nfa.step(inside, SLASH_ALONE), ANY), behind)
    return behind
  }

  #classOrItself(at: number, { set }: CharClass, written: string): number {
    const one = this.nfa.addState()
    this.nfa.join(at, one)
    const behind = this.nfa.step(one, set)
    let itself = this.nfa.addState()
    this.nfa.join(at, itself)
    for (let i = 0; i < written.length; i++) itself = this.nfa.step(itself, charOf(written.charCodeAt(i)))
    this.nfa.join(itself, behind)
    return behind
  }

  /** Whether two stars beside this index are a whole part of the path. */
  #isBorder(i: number): boolean {
    const char = this.glob[i]
    return char === undefined || char === '/' || (this.#open.length > 0 && '{,}'.includes(char))
  }
}

interface Brackets {
  /** Closing bracket of each that opens a group, by index. */
  closing: Map<number, number>
  /** Classes by index of their opening bracket. */
  classes: Map<number, CharClass>
}

/** Finds what belongs together, once, so that nothing that lacks its other half is looked for again. */
function bracketsOf(glob: string, hasGroups: boolean): Brackets {
  const closing = new Map<number, number>()
  const classes = new Map<number, CharClass>()
  const open: { at: number; char: '{' | '('; isGroup: boolean }[] = []
  const nOpen = { '{': 0, '(': 0 }
  let hasClasses = true
  const begin = (char: '{' | '(', at: number, isGroup: boolean) => {
    open.push({ at, char, isGroup })
    nOpen[char]++
  }
  const close = (char: '{' | '(', at: number) => {
    while (nOpen[char] > 0) {
      const one = open.pop()!
      nOpen[one.char]--
      if (one.char !== char) continue
      if (one.isGroup) closing.set(one.at, at)
      return
    }
  }
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!
    if (char === '\\') i++
    else if (char === '[' && hasClasses) {
      const found = readClass(glob, i, false)
      if (found) {
        classes.set(i, found)
        i = found.end
      } else hasClasses = false
    } else if (char === '{') begin('{', i, false)
    else if (char === '(' && hasGroups && i > 0 && GROUP_SIGNS.includes(glob[i - 1]!)) begin('(', i, true)
    else if (char === ',' && open.at(-1)?.char === '{') open.at(-1)!.isGroup = true
    else if (char === '}') close('{', i)
    else if (char === ')') close('(', i)
  }
  return { closing, classes }
}

/** The characters of `{a..e}`. */
function rangeAt(glob: string, at: number): CharSet | undefined {
  const range = /^\{([a-z])\.\.([a-z])\}|^\{([A-Z])\.\.([A-Z])\}|^\{(\d)\.\.(\d)\}/.exec(
    glob.slice(at, at + RANGE_CHARS),
  )
  if (!range) return undefined
  const [one, other] = range.slice(1).filter((char) => char !== undefined)
  const codes = [one!.charCodeAt(0), other!.charCodeAt(0)]
  return [[Math.min(...codes), Math.max(...codes)]]
}

const RANGE_CHARS = 6
const GROUP_SIGNS = '@?+*!'
