import { Automaton, type Position } from './automaton.ts'
import { readClass } from './charClass.ts'
import { ANY, type CharSet, charOf, NOT_SLASH } from './charSet.ts'
import { Nfa } from './nfa.ts'

/**
 * The patterns of one ignore file, as git reads them (gitignore(5), dir.c, wildmatch.c): which of them a path meets
 * last. All are matched at once, in time linear in the path. Patterns and paths are bytes of UTF-8, one a character
 * (`bytesOf`), since git's `?` is a byte.
 */
export class GitPatterns {
  readonly #rules: GitRule[]
  readonly #ignoreCase: boolean
  #automata: { names: Automaton; paths: Automaton | undefined } | undefined
  /** Where the walk through a directory's path came to: most paths that are asked for lie in the same one. */
  #directory = ''
  #position: Position | undefined

  constructor(text: string, { ignoreCase = false }: { ignoreCase?: boolean } = {}) {
    this.#rules = readRules(bytesOf(text))
    this.#ignoreCase = ignoreCase
  }

  /** Whether the last pattern that fits leaves the path out; undefined where none fits. Its parents are left aside. */
  ignores(path: string, isDirectory: boolean): boolean | undefined {
    const rule = this.lastRule(path, isDirectory)
    return rule && !rule.isNegated
  }

  /** The last rule that fits a path, which is relative to the file's folder, in bytes, without a slash at its end. */
  lastRule(path: string, isDirectory: boolean): GitRule | undefined {
    if (this.#rules.length === 0) return undefined
    this.#automata ??= automataOf(this.#rules, this.#ignoreCase)
    const { names, paths } = this.#automata
    const text = this.#ignoreCase ? asciiLowerCase(path) : path
    const cut = text.lastIndexOf('/') + 1
    const ends = [names.walk(names.start, text, cut)]
    if (paths) {
      ends.push(paths.walk(this.#positionIn(text.slice(0, cut), paths), text, cut))
    }
    const numbers = ends.map((end) => (isDirectory ? end.directoryRule : end.fileRule))
    return this.#rules[Math.max(...numbers)]
  }

  #positionIn(directory: string, paths: Automaton): Position {
    if (!this.#position || directory !== this.#directory) {
      this.#directory = directory
      this.#position = paths.walk(paths.start, directory)
    }
    return this.#position
  }

  /** What was done to match so far; see `Automaton`. */
  get nSteps(): number {
    return this.#automata ? this.#automata.names.nSteps + (this.#automata.paths?.nSteps ?? 0) : 0
  }
}

export interface GitRule {
  /** 1-based. */
  line: number
  isNegated: boolean
  directoryOnly: boolean
  /** Without `!`, and without the slashes at its ends. */
  glob: string
  /** The glob is of a name, at any depth; else of a path. */
  isName: boolean
}

/** The bytes of a text in UTF-8, as a string of one character each. */
export function bytesOf(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

/** Rules of a file's bytes, in order. */
function readRules(bytes: string): GitRule[] {
  const rules: GitRule[] = []
  const text = bytes.startsWith(BYTE_ORDER_MARK) ? bytes.slice(BYTE_ORDER_MARK.length) : bytes
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue
    const written = withoutTrailingSpaces(beforeNul(line.endsWith('\r') ? line.slice(0, -1) : line))
    const isNegated = written.startsWith('!')
    const directoryOnly = written.length > Number(isNegated) && written.endsWith('/')
    const glob = written.slice(Number(isNegated), directoryOnly ? -1 : undefined)
    const isName = !glob.includes('/')
    if (glob === '') continue
    rules.push({ line: i + 1, isNegated, directoryOnly, isName, glob: glob.startsWith('/') ? glob.slice(1) : glob })
  }
  return rules
}

function beforeNul(line: string): string {
  const at = line.indexOf('\0')
  return at < 0 ? line : line.slice(0, at)
}

/** Spaces at the end do not count, but for those after a backslash. */
function withoutTrailingSpaces(line: string): string {
  if (!line.endsWith(' ')) return line
  let end = 0
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '\\') {
      // A backslash at the very end keeps what stands before it.
      if (++i >= line.length) return line
      end = i + 1
    } else if (line[i] !== ' ') end = i + 1
  }
  return line.slice(0, end)
}

function automataOf(rules: readonly GitRule[], fold: boolean): { names: Automaton; paths: Automaton | undefined } {
  const of = (isName: boolean) => {
    const nfa = new Nfa()
    const start = nfa.addState()
    for (const [rule, { glob, isName: own, directoryOnly }] of rules.entries()) {
      if (own !== isName) continue
      const first = nfa.addState()
      nfa.join(start, first)
      nfa.accept(addGlob(nfa, first, glob, isName, fold), { rule, directoryOnly })
    }
    return new Automaton(nfa, start)
  }
  return { names: of(true), paths: rules.some((rule) => !rule.isName) ? of(false) : undefined }
}

/** Adds what leads from `from` through a text that a glob matches; gives the state behind it. */
function addGlob(nfa: Nfa, from: number, glob: string, isName: boolean, fold: boolean): number {
  let at = from
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!
    if (char === '*') {
      const first = i
      while (glob[i + 1] === '*') i++
      const isWhole = i > first && (first === 0 || glob[first - 1] === '/') && !isName
      if (isWhole && glob[i + 1] === '/') {
        at = nfa.directories(at)
        i++
      } else at = nfa.repeat(at, isWhole && (i + 1 === glob.length || glob.startsWith('\\/', i + 1)) ? ANY : NOT_SLASH)
    } else if (char === '?') at = nfa.step(at, NOT_SLASH)
    else if (char === '[') {
      const found = readClass(glob, i, fold)
      if (!found) return nfa.step(at, NOTHING)
      at = nfa.step(at, found.set)
      i = found.end
    } else if (char === '\\') {
      if (++i === glob.length) return nfa.step(at, NOTHING)
      at = nfa.step(at, charOf(glob.charCodeAt(i)))
    } else at = nfa.step(at, charOf((fold ? asciiLowerCase(char) : char).charCodeAt(0)))
  }
  return at
}

function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

const NOT_ASCII = /[^\0-\x7f]/
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf'
/** What follows is never reached: git takes such a pattern for one that fits nothing. */
const NOTHING: CharSet = []
