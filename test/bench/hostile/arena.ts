import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { type CliOptions, type CliResult, runCli } from './cliRun.ts'
import type { Host } from './host.ts'
import { CANARY, holdsWord, OUTSIDE_TEXT } from './oracles.ts'
import type { Report } from './types.ts'

/**
 * What one case has to itself: a folder to be searched with an ordinary file in it, a place outside of it with a canary,
 * storage, a home, and a folder in which planted programs leave a mark.
 */
export class Arena {
  readonly tree: string
  readonly outside: string
  readonly storage: string
  readonly home: string
  readonly marks: string
  /** For a file outside that the user named, or git's own rules lead to. */
  mayReadOutside = false

  constructor(
    readonly folder: string,
    readonly limitMs: number,
    readonly random: () => number,
    readonly report: Report,
    /** The server that many cases share. */
    readonly host: () => Promise<Host>,
    /** A folder that all cases share, for what is slow to make. */
    readonly shared: string,
  ) {
    this.tree = path.join(folder, 'tree')
    this.outside = path.join(folder, 'outside')
    this.storage = path.join(folder, 'storage')
    this.home = path.join(folder, 'home')
    this.marks = path.join(folder, 'marks')
    for (const each of [this.tree, this.outside, this.home, this.marks]) mkdirSync(each, { recursive: true })
    this.write('ordinary.ts', ORDINARY_TEXT)
    this.writeOutside('secret.ts', OUTSIDE_TEXT)
  }

  /** Paths are relative to the tree. Gives the absolute one. */
  write(relative: string, content: string | Uint8Array): string {
    const file = this.at(relative)
    writeFileSync(file, content)
    return file
  }

  writeOutside(relative: string, content: string | Uint8Array): string {
    const file = path.join(this.outside, relative)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, content)
    seal(file)
    return file
  }

  link(relative: string, target: string): string {
    const file = this.at(relative)
    symlinkSync(target, file)
    return file
  }

  mkdir(relative: string): string {
    mkdirSync(path.join(this.tree, relative), { recursive: true })
    return path.join(this.tree, relative)
  }

  fifo(relative: string): string {
    return makeNode(this.at(relative), ['p'])
  }

  /** Such as 1, 5 for /dev/zero. Needs to be root. */
  device(relative: string, major: number, minor: number): string {
    return makeNode(this.at(relative), ['c', String(major), String(minor)])
  }

  socket(relative: string): string {
    const file = this.at(relative)
    // In the folder: the whole path may be longer than a socket's may be. Killed, its maker leaves the entry behind.
    const listen = `require('net').createServer().listen(${JSON.stringify(path.basename(file))}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', listen], { cwd: path.dirname(file), stdio: 'ignore', timeout: 5000 })
    return file
  }

  /** A file that takes no room and is as large as one wants. */
  sparse(relative: string, nBytes: number, head = ''): string {
    const file = this.write(relative, head)
    truncateSync(file, Math.round(nBytes))
    return file
  }

  /** A program that leaves a mark when it is run. */
  program(file: string): string {
    const mark = path.join(this.marks, path.basename(file))
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, `#!/bin/sh\ntouch '${mark}'\ncat >/dev/null 2>&1\nexit 0\n`, { mode: 0o755 })
    return file
  }

  git(...args: string[]): string {
    return execFileSync('git', ['-C', this.tree, ...args], {
      env: { ...process.env, HOME: this.home, GIT_CONFIG_NOSYSTEM: '1', ...GIT_AUTHOR },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 20_000,
    })
  }

  /** A repository with the ordinary file in it. */
  repository(): void {
    this.git('init', '-q')
    this.git('add', 'ordinary.ts')
    this.git('commit', '-q', '-m', 'first')
  }

  /** Runs the command line with this arena's storage and home. */
  cli(args: string[], options: Partial<CliOptions> = {}): Promise<CliResult> {
    const usesStorage = !args.includes('--storage') && !NO_STORAGE.has(args[0] ?? '')
    return runCli(usesStorage ? [...args, '--storage', this.storage] : args, {
      report: this.report,
      limitMs: this.limitMs,
      ...options,
      env: { ...process.env, HOME: this.home, ORT_DISABLE_TELEMETRY: '1', ...options.env },
    })
  }

  /** The folder of the tree's index, once there is one. */
  index(): string {
    const indexes = path.join(this.storage, 'indexes')
    const name = readdirSync(indexes).find((each) => each.startsWith(path.basename(this.tree)))
    return path.join(indexes, name ?? 'none')
  }

  /** From here on a read of what is outside shows in its times; of what `writeOutside` wrote it does anyway. */
  seal(): void {
    for (const file of filesBelow(this.outside)) seal(file)
  }

  /** What has been read, kept or run that should not have been. */
  inspect(): void {
    if (!this.mayReadOutside)
      for (const file of filesBelow(this.outside))
        if (statSync(file).atimeMs > LONG_AGO.getTime() + 1000)
          this.report('outside_reads', `${path.basename(file)}, which is outside, has been read`)
    const holder = existsSync(this.storage) && lstatSync(this.storage).isDirectory() && holdsWord(this.storage, CANARY)
    if (holder) this.report('outside_reads', `${path.basename(holder)} of the index holds the canary`)
    for (const mark of readdirSync(this.marks)) this.report('planted_programs_run', `${mark} has been run`)
  }

  dispose(): void {
    removeFolder(this.folder)
  }

  /** Absolute path of something in the tree, with the folders above it. */
  at(relative: string): string {
    const file = path.join(this.tree, relative)
    mkdirSync(path.dirname(file), { recursive: true })
    return file
  }
}

const seal = (file: string) => utimesSync(file, LONG_AGO, statSync(file).mtime)

/** Regular files, links not followed. */
function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
}

function makeNode(file: string, spec: string[]): string {
  execFileSync('mknod', [file, ...spec])
  return file
}

export const ORDINARY = 'harbourLedger'
export const ORDINARY_TEXT = `/** Keeps the ledger of harbour dues. */\nexport function ${ORDINARY}(ships: string[]): number {\n  return ships.length\n}\n`

const LONG_AGO = new Date('2020-01-01')
const NO_STORAGE: ReadonlySet<string> = new Set(['', 'help', '--help'])
const GIT_AUTHOR = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}

/** Removes a folder with all that is below it. Node cannot name what lies very deep, or is no UTF-8. */
export function removeFolder(folder: string): void {
  if (process.platform === 'win32') rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  else execFileSync('rm', ['-rf', folder])
}
