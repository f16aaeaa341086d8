import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLog, nullLog } from '../../server/src/base/log.ts'
import { seededRandom } from '../../server/src/base/random.ts'
import { Catalog } from '../../server/src/index/catalog.ts'
import { VectorStore } from '../../server/src/index/plaid/vectorStore.ts'
import { type CrashMessage, type CrashPlace, crashPlaces, crashWork } from './crashWork.ts'

export interface CrashReport {
  kills: number
  /** Kills after which the index was whole. */
  recovered: number
  /** Files whose committed row was gone or older after a kill. */
  lostCommits: number
  /** Updates that ended before a kill. */
  commits: number
  /** Kills by the call of the index that they fell into; '' for none. */
  killsIn: Record<string, number>
  /** How often an index was trained anew, took vectors from the other one, and had unused texts dropped. */
  trained: number
  adopted: number
  collected: number
  problems: string[]
}

export interface CrashOptions {
  kills: number
  seed: number
  /** The bundle of `crashChild.ts`. */
  childFile: string
  /** An empty folder to work in. */
  directory: string
  kernelDirectory: string
}

/** Kills a process that writes two indexes, at random moments, and looks at both after each kill. 0.8 s a kill. */
export async function runKills(options: CrashOptions): Promise<CrashReport> {
  const random = seededRandom(options.seed)
  const places = crashPlaces(options.directory, options.kernelDirectory)
  const counts = { kills: 0, recovered: 0, lostCommits: 0, commits: 0, trained: 0, adopted: 0, collected: 0 }
  const report: CrashReport = { ...counts, killsIn: {}, problems: [] }
  let expected = places.map(() => new Expected())
  for (; report.kills < options.kills; report.kills++) {
    if (report.kills % FRESH_EVERY === 0) {
      for (const place of places) {
        for (const each of [place.directory, place.folder]) rmSync(each, { recursive: true, force: true })
        mkdirSync(place.folder, { recursive: true })
      }
      expected = places.map(() => new Expected())
    }
    let call = ''
    const failure = await killedChild(options, Math.floor(random() * 2 ** 31), deathOf(random), (message) => {
      if (message.type === 'call') call = message.name
      else if (message.type === 'log') {
        for (const [name, text] of TOLD) if (message.text.includes(text)) report[name]++
      } else if (message.type !== 'ready') expected[message.place]!.hear(message)
      if (message.type === 'done') report.commits++
    })
    report.killsIn[call] = (report.killsIn[call] ?? 0) + 1
    let lost = 0
    const problems = failure ? [failure] : []
    for (const [at, place] of failure ? [] : places.entries()) {
      const found = await examine(place, expected[at]!)
      lost += found.lost
      problems.push(...found.problems.map((problem) => `${path.basename(place.folder)}: ${problem}`))
    }
    report.lostCommits += lost
    if (lost === 0 && problems.length === 0) report.recovered++
    else report.problems.push(`kill ${report.kills}: ${[`${lost} lost`, ...problems].join('; ')}`)
  }
  for (const place of places) report.problems.push(...(await finish(place)))
  return report
}

/** What the index may hold, from what the killed processes told. */
class Expected {
  committed = new Map<string, string>()
  /** Contents that an update under way may have committed; null: none. */
  readonly possible = new Map<string, Set<string | null>>()

  hear(message: CrashMessage): void {
    if (message.type === 'begin') {
      for (const [file, hash] of message.changes) {
        this.possible.set(file, (this.possible.get(file) ?? new Set()).add(hash))
      }
    } else if (message.type === 'done') {
      this.committed = new Map(message.rows)
      this.possible.clear()
    }
  }

  /** Files of which the index holds neither the last commit nor something that was under way. */
  lost(found: Map<string, string>): string[] {
    return [...new Set([...this.committed.keys(), ...found.keys()])].filter((file) => {
      const hash = found.get(file) ?? null
      return hash !== (this.committed.get(file) ?? null) && !this.possible.get(file)?.has(hash)
    })
  }
}

/** When a process dies. Counted in what it tells first, so that a busy machine gets as far as an idle one. */
interface Death {
  /** So many messages, or the first that tells of this call. */
  after: number | string
  delayMs: number
}

/** One in six while it starts or opens the indexes, two in calls that are rare and short, others anywhere. */
function deathOf(random: () => number): Death {
  const kind = Math.floor(random() * 6)
  const rare = RARE_CALLS[kind]
  if (rare) return { after: rare, delayMs: random() * 20 }
  return { after: kind === 5 ? 0 : 1 + Math.floor(random() * MAX_MESSAGES), delayMs: random() * 120 }
}

/** Starts a process and kills it; gives its own failure. */
async function killedChild(
  options: CrashOptions,
  seed: number,
  { after, delayMs }: Death,
  hear: (message: CrashMessage) => void,
): Promise<string | undefined> {
  const args = [options.childFile, options.directory, options.kernelDirectory, String(seed)]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr!.on('data', (chunk) => {
    errors += chunk
  })
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()))
  let nMessages = 0
  const isFar = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const message = JSON.parse(line) as CrashMessage
      hear(message)
      if (++nMessages === after || (message.type === 'call' && message.name === after)) resolve()
    })
  })
  if (after !== 0) await Promise.race([isFar, sleep(MAX_LIFE_MS), closed])
  await Promise.race([sleep(delayMs), closed])
  child.kill('SIGKILL')
  await closed
  return child.signalCode === 'SIGKILL' ? undefined : `the process ended by itself: ${errors.slice(-500)}`
}

/** Opens the index as the next process would, and reads all of it. */
async function examine(place: CrashPlace, expected: Expected): Promise<{ lost: number; problems: string[] }> {
  const problems: string[] = []
  const work = crashWork(
    place,
    createLog('warn', (_, message) => problems.push(message)),
  )
  try {
    work.open()
    const rows = work.session.files({})
    const lost = expected.lost(new Map(rows.map((row) => [row.path, row.contentHash])))
    const nRows = catalogRows(place)
    if (nRows !== rows.length) problems.push(`${nRows - rows.length} files have units without words`)
    const pending = new Set(work.session.pendingFiles().map((file) => file.path))
    const unready = [...expected.committed.keys()].filter((file) => pending.has(file) && !expected.possible.has(file))
    if (unready.length > 0) problems.push(`vectors of ${unready.length} committed files are gone`)
    problems.push(...unreadableDocs(place, work))
    const row = rows.find(({ path: file }) => !pending.has(file)) ?? rows[0]
    const name = row && work.session.unitAt({ path: row.path, line: 1 })?.name
    if (name && !(await work.search(name)).some((hit) => hit.path === row.path)) problems.push(`${name} is not found`)
    return { lost: lost.length, problems }
  } catch (error) {
    return { lost: 0, problems: [...problems, String((error as Error).stack)] }
  } finally {
    work.session.close()
  }
}

function catalogRows({ directory }: CrashPlace): number {
  const catalog = Catalog.open(path.join(directory, 'catalog.sqlite'), { readOnly: true })
  try {
    return catalog.load().length
  } finally {
    catalog.close()
  }
}

function unreadableDocs(place: CrashPlace, { dim, fingerprint }: ReturnType<typeof crashWork>): string[] {
  const directory = path.join(place.directory, `vectors-${fingerprint.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 12)}`)
  const { kernelDirectory } = place
  const store = VectorStore.open({ directory, kernelDirectory, dim, log: nullLog, readOnly: true })
  const problems: string[] = []
  for (let doc = 0; doc < store.nDocs; doc++) {
    const { rows } = store.tokens(doc)!
    if (rows.length === 0 || !rows.every(Number.isFinite)) problems.push(`doc ${doc} cannot be read`)
  }
  return problems
}

/** The work goes on: a build leaves nothing to do. */
async function finish(place: CrashPlace): Promise<string[]> {
  const work = crashWork(place)
  work.open()
  try {
    await work.update()
    const again = await work.update()
    const pending = work.session.pendingFiles()
    const isWhole = again.nFilesChanged === 0 && again.nUnitsEncoded === 0 && pending.length === 0
    return isWhole ? [] : ['the last build left something to do']
  } finally {
    work.session.close()
  }
}

/** So many kills on one index, then a new one: training is part of it. */
const FRESH_EVERY = 5
const MAX_LIFE_MS = 2000
const MAX_MESSAGES = 150
const RARE_CALLS = ['adopt', 'upkeep']
const TOLD = [
  ['trained', 'was trained anew'],
  ['adopted', 'were taken from other indexes'],
  ['collected', 'were dropped'],
] as const
