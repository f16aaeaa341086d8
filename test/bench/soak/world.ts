import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

/** A declaration of a file, under a name that no other ever has. */
export interface Piece {
  name: string
  text: string
  /** Since when the file holds this very text. */
  sinceMs: number
}

/** How a file is written. `quietly`: in place, and with the times that it had. */
export type WriteWay = 'inPlace' | 'replaced' | 'quietly'

interface Version {
  /** Undefined: there is no file. */
  text: string | undefined
  /** When its writing began, and when that of the next one had ended: in between it may have been read. */
  fromMs: number
  toMs: number
}

type Snapshot = ReadonlyMap<string, readonly Piece[]>

/**
 * A git repository on disk, and what must be in it, kept in memory: the oracle, which asks neither the disk nor
 * Lateral. Every change of the folder goes through here.
 */
export class World {
  readonly files = new Map<string, Piece[]>()
  /** Names that were deleted or changed lately, the last one at the end. */
  readonly goneNames: string[] = []
  readonly #versions = new Map<string, Version[]>()
  /** Areas that an ignore file names, by the file. */
  readonly #ignored = new Map(IGNORE_FILES.map((file) => [file, new Set<string>()]))
  readonly #visibleSinceMs = new Map<string, number>()
  readonly #hiddenSinceMs = new Map<string, number>()
  readonly #branches = new Map<string, { files: Snapshot; ignored: Map<string, Set<string>> }>()
  #branch = 'main'
  #checkout: Promise<void> = Promise.resolve()

  constructor(readonly folder: string) {}

  async init(): Promise<void> {
    mkdirSync(this.folder, { recursive: true })
    await this.#git('init', '--quiet', '--initial-branch', 'main')
    await this.#git('config', 'gc.auto', '0')
  }

  /** Writes a file, or removes it where there are no pieces. */
  put(file: string, pieces: readonly Omit<Piece, 'sinceMs'>[] | undefined, way: WriteWay = 'inPlace'): void {
    const fromMs = performance.now()
    const target = path.join(this.folder, file)
    const text = pieces && textOf(file, pieces)
    if (text === undefined) rmSync(target)
    else write(target, text, way, path.join(this.folder, '.git', 'aside'))
    this.#note(file, pieces, fromMs)
  }

  rename(from: string, to: string): void {
    const fromMs = performance.now()
    const pieces = this.files.get(from)!
    mkdirSync(path.dirname(path.join(this.folder, to)), { recursive: true })
    renameSync(path.join(this.folder, from), path.join(this.folder, to))
    this.#note(to, pieces, fromMs)
    this.#note(from, undefined, fromMs)
  }

  toggleIgnored(ignoreFile: string, area: string): void {
    const areas = this.#ignored.get(ignoreFile)!
    if (!areas.delete(area)) areas.add(area)
    writeFileSync(path.join(this.folder, ignoreFile), ignoreText(areas))
    this.#noteVisibility()
  }

  get branches(): string[] {
    return [...this.#branches.keys()]
  }

  /** Resolves once no change is under way that is not noted yet. */
  noted(): Promise<void> {
    return this.#checkout
  }

  /** Commits everything, then goes to `branch`, which is made where there is none. */
  checkout(branch: string): Promise<void> {
    this.#checkout = this.#commitAndSwitch(branch)
    return this.#checkout
  }

  async #commitAndSwitch(branch: string): Promise<void> {
    await this.#git('add', '--all', '--force', '.')
    await this.#git(
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@example.org',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'x',
    )
    const ignored = new Map([...this.#ignored].map(([file, areas]) => [file, new Set(areas)]))
    this.#branches.set(this.#branch, { files: new Map(this.files), ignored })
    const fromMs = performance.now()
    const known = this.#branches.get(branch)
    await this.#git('checkout', '--quiet', ...(known ? [] : ['-b']), branch)
    this.#branch = branch
    if (!known) return
    for (const file of [...this.files.keys()]) if (!known.files.has(file)) this.#note(file, undefined, fromMs)
    for (const [file, pieces] of known.files) {
      if (textOf(file, pieces) !== textOf(file, this.files.get(file) ?? [])) this.#note(file, pieces, fromMs)
    }
    for (const [file, areas] of this.#ignored) {
      areas.clear()
      for (const area of known.ignored.get(file)!) areas.add(area)
    }
    this.#noteVisibility()
  }

  isIgnored(file: string): boolean {
    return [...this.#ignored.values()].some((areas) => areas.has(areaOf(file)))
  }

  /** Since when the file has been searched; Infinity while it is ignored. */
  visibleSinceMs(file: string): number {
    return this.isIgnored(file) ? Infinity : (this.#visibleSinceMs.get(areaOf(file)) ?? 0)
  }

  /** Since when the file has been ignored; Infinity while it is not. */
  ignoredSinceMs(file: string): number {
    return this.isIgnored(file) ? (this.#hiddenSinceMs.get(areaOf(file)) ?? 0) : Infinity
  }

  /** What the file may have held at some moment between the two; an undefined text stands for no file. */
  textsBetween(file: string, fromMs: number, toMs: number): (string | undefined)[] {
    const versions = this.#versions.get(file)
    if (!versions) return [undefined]
    const texts = versions.filter((each) => each.toMs >= fromMs && each.fromMs <= toMs).map(({ text }) => text)
    return versions[0]!.fromMs > fromMs ? [undefined, ...texts] : texts
  }

  /** Files whose content on disk is not what it must be: a fault of this class. */
  differencesFromDisk(): string[] {
    const onDisk = readdirSync(this.folder, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => !/^\.git(\/|$)|^\.(git|lateral)ignore$/.test(name))
      .filter((name) => statSync(path.join(this.folder, name)).isFile())
    const names = new Set([...onDisk, ...this.files.keys()])
    return [...names].filter((name) => {
      const target = path.join(this.folder, name)
      const pieces = this.files.get(name)
      return !pieces || !existsSync(target) || readFileSync(target, 'utf8') !== textOf(name, pieces)
    })
  }

  #note(file: string, pieces: readonly Omit<Piece, 'sinceMs'>[] | undefined, fromMs: number): void {
    const toMs = performance.now()
    const before = new Map(this.files.get(file)?.map((piece) => [piece.text, piece]))
    const after = new Set(pieces?.map(({ name }) => name))
    for (const { name } of before.values()) if (!after.has(name)) this.goneNames.push(name)
    this.goneNames.splice(0, this.goneNames.length - KEPT_NAMES)
    const versions = this.#versions.get(file) ?? [{ text: undefined, fromMs: -Infinity, toMs: Infinity }]
    versions.at(-1)!.toMs = toMs
    versions.push({ text: pieces && textOf(file, pieces), fromMs, toMs: Infinity })
    const oldMs = toMs - KEPT_MS
    this.#versions.set(
      file,
      versions.filter((version) => version.toMs > oldMs),
    )
    if (!pieces) this.files.delete(file)
    else
      this.files.set(
        file,
        pieces.map(({ name, text }) => ({ name, text, sinceMs: before.get(text)?.sinceMs ?? toMs })),
      )
  }

  #noteVisibility(): void {
    const nowMs = performance.now()
    for (const area of AREAS) {
      const isHidden = [...this.#ignored.values()].some((areas) => areas.has(area))
      if (isHidden === this.#hiddenSinceMs.has(area)) continue
      if (isHidden) this.#hiddenSinceMs.set(area, nowMs)
      else {
        this.#hiddenSinceMs.delete(area)
        this.#visibleSinceMs.set(area, nowMs)
      }
    }
  }

  async #git(...args: string[]): Promise<void> {
    await promisify(execFile)('git', ['-C', this.folder, ...args], { timeout: 60_000 })
  }
}

/** `aside` is a path where no search looks. */
function write(target: string, text: string, way: WriteWay, aside: string): void {
  mkdirSync(path.dirname(target), { recursive: true })
  if (way === 'replaced') {
    writeFileSync(aside, text)
    renameSync(aside, target)
    return
  }
  const times = way === 'quietly' && existsSync(target) ? statSync(target) : undefined
  writeFileSync(target, text)
  if (times) utimesSync(target, times.atime, times.mtime)
}

/** `area3` of `src/area3/file7.ts`. */
const areaOf = (file: string) => file.split('/')[1] ?? ''
const textOf = (file: string, pieces: readonly Omit<Piece, 'sinceMs'>[]) =>
  `${file.endsWith('.md') ? '# Notes' : "import { total } from '../shared'"}\n\n${pieces.map(({ text }) => text).join('\n')}`
const ignoreText = (areas: ReadonlySet<string>) => [...areas].map((area) => `src/${area}/\n`).join('')

export const IGNORE_FILES = ['.gitignore', '.lateralignore']
export const AREAS = Array.from({ length: 8 }, (_, i) => `area${i}`)
/** Longer than any question takes. */
const KEPT_MS = 120_000
const KEPT_NAMES = 50
