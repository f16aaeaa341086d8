import { AREAS, IGNORE_FILES, type Piece, type World, type WriteWay } from './world.ts'

type NewPiece = Omit<Piece, 'sinceMs'>

/** Random edits of a world, as people, tools and git make them. The same `random` makes the same ones. */
export class Editor {
  #nextId = 1

  constructor(
    private readonly world: World,
    private readonly random: () => number,
  ) {}

  /** The files of the first commit. */
  fill(nFiles: number): void {
    for (let i = 0; i < nFiles; i++) this.#create()
  }

  /** One edit; gives its name. */
  async edit(): Promise<string> {
    const dice = this.random()
    let share = 0
    for (const [name, chance, work] of this.#kinds) {
      share += chance
      if (dice >= share) continue
      await work()
      return name
    }
    return 'nothing'
  }

  readonly #kinds: [string, number, () => void | Promise<void>][] = [
    [
      'change a body',
      0.22,
      () => this.#change((pieces, at, file) => pieces.with(at, this.#piece(file, pieces[at]!.name))),
    ],
    ['rename a declaration', 0.15, () => this.#change((pieces, at, file) => pieces.with(at, this.#piece(file)))],
    ['the same length, size and time', 0.08, () => this.#swapQuietly()],
    ['add', 0.1, () => this.#change((pieces, at, file) => pieces.toSpliced(at, 0, this.#piece(file)))],
    ['delete', 0.08, () => this.#change((pieces, at) => (pieces.length > 2 ? pieces.toSpliced(at, 1) : pieces))],
    ['move within the file', 0.08, () => this.#change((pieces, at) => [pieces[at]!, ...pieces.toSpliced(at, 1)])],
    ['move to another file', 0.06, () => this.#moveToOther()],
    ['create a file', 0.05, () => this.#create()],
    ['delete a file', 0.04, () => this.#removeFile()],
    ['rename a file', 0.06, () => this.#renameFile()],
    ['write the same again', 0.03, () => this.#change((pieces) => pieces)],
    ['change ignore rules', 0.02, () => this.world.toggleIgnored(this.#one(IGNORE_FILES), this.#one(AREAS))],
    ['check a branch out', 0.03, () => this.world.checkout(this.#branch())],
  ]

  #change(work: (pieces: NewPiece[], at: number, file: string) => NewPiece[]): void {
    const [file, pieces] = this.#one([...this.world.files])
    this.world.put(file, work(pieces, this.#below(pieces.length), file), this.#way())
  }

  /** Another text of the same size in place of the old one, and the file's old time: only its inode's time tells. */
  #swapQuietly(): void {
    const [file, pieces] = this.#one([...this.world.files])
    const at = this.#below(pieces.length)
    const { name, text } = pieces[at]!
    const other = this.#name()
    if (other.length > name.length) return
    const padded = other.padEnd(name.length, 'z')
    this.world.put(
      file,
      pieces.with(at, { ...pieces[at]!, name: padded, text: text.replaceAll(name, padded) }),
      'quietly',
    )
  }

  #moveToOther(): void {
    const sameKind = (file: string) => file.endsWith('.md')
    const [from, pieces] = this.#one([...this.world.files])
    const others = [...this.world.files].filter(([file]) => file !== from && sameKind(file) === sameKind(from))
    if (pieces.length < 3 || others.length === 0) return
    const at = this.#below(pieces.length)
    const [to, already] = this.#one(others)
    this.world.put(from, pieces.toSpliced(at, 1), this.#way())
    this.world.put(to, [...already, pieces[at]!], this.#way())
  }

  #create(): void {
    const file = this.#newFile(this.random() < 0.15 ? 'md' : 'ts')
    this.world.put(
      file,
      Array.from({ length: 3 + this.#below(6) }, () => this.#piece(file)),
    )
  }

  #removeFile(): void {
    if (this.world.files.size < MIN_FILES) this.#create()
    else this.world.put(this.#one([...this.world.files.keys()]), undefined)
  }

  #renameFile(): void {
    const from = this.#one([...this.world.files.keys()])
    this.world.rename(from, this.#newFile(from.endsWith('.md') ? 'md' : 'ts'))
  }

  #branch(): string {
    const { branches } = this.world
    return branches.length < MAX_BRANCHES ? `branch${branches.length}` : this.#one(branches)
  }

  #newFile(extension: string): string {
    return `src/${this.#one(AREAS)}/file${this.#nextId++}.${extension}`
  }

  #piece(file: string, name = this.#name()): NewPiece {
    return { name, text: file.endsWith('.md') ? this.#section(name) : this.#function(name) }
  }

  #name(): string {
    const [verb, noun] = [this.#one(VERBS), this.#one(NOUNS)]
    return `${verb}${noun[0]!.toUpperCase()}${noun.slice(1)}${(this.#nextId++ + 10_000).toString(36)}`
  }

  #section(name: string): string {
    return `## ${name}\n\n${this.#sentence()}\n${this.#sentence()}\n`
  }

  #function(name: string): string {
    const lines = Array.from({ length: 2 + this.#below(4) }, () => {
      const [noun, other] = [this.#one(NOUNS), this.#one(NOUNS)]
      return `  const ${noun}${this.#nextId++} = total(input.${other}, ${this.#below(1000)})`
    })
    if (this.random() < 0.3) lines.push('')
    const head = ['/**', ` * ${this.#sentence()}`, ' */', `export function ${name}(input: Input): number {`]
    return [...head, ...lines, `  return input.${this.#one(NOUNS)}`, '}', ''].join('\n')
  }

  /** Also a question. */
  #sentence(): string {
    const [verb, noun, how, other] = [this.#one(VERBS), this.#one(NOUNS), this.#one(HOWS), this.#one(NOUNS)]
    return `${verb}s the ${noun} ${how} the ${other} was ${this.#one(VERBS)}d.`
  }

  question(): string {
    return this.#sentence()
  }

  #way(): WriteWay {
    return this.random() < 0.4 ? 'replaced' : 'inPlace'
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#below(items.length)]!
  }

  #below(n: number): number {
    return Math.floor(this.random() * n)
  }
}

const MIN_FILES = 60
const MAX_BRANCHES = 5
const VERBS = ['validate', 'merge', 'rotate', 'schedule', 'encode', 'balance', 'resolve', 'measure', 'cache', 'escape']
const NOUNS = [
  ...['invoice', 'packet', 'cursor', 'session', 'matrix', 'token', 'region', 'ledger', 'socket', 'calendar'],
  ...['parser', 'colour', 'payment', 'thread', 'password', 'index', 'translation', 'weather', 'backup', 'queue'],
]
const HOWS = ['after', 'before', 'unless', 'while', 'because']
