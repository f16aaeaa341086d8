import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { defaultStorageDirectory } from '../../server/src/base/paths.ts'
import { mayWrite, type Place, PROGRAMS, placesOf } from '../../server/src/contract/locality.ts'
import { CANARY_ATTEMPTS, CANARY_FILE, CANARY_NAME, CANARY_TEMPORARY, releaseCanary } from './canary.ts'
import { type Appeared, differences, FileWatch, fingerprints } from './files.ts'
import { countAttempts } from './kernel.ts'
import { type Listeners, startListeners } from './listeners.ts'
import { OUTPUTS, ProcessWatch } from './processes.ts'
import { ENVIRONMENT, programFile, SCENE, setScene } from './scene.ts'
import { straced, takeStrace } from './straceLog.ts'
import type { LocalityOptions, LocalityReport } from './types.ts'
import { doWork, prepareWork } from './work.ts'

/** The first process of the namespace: sets the scene, lets Lateral work between two canaries, and writes the report. */
export async function runInside(options: LocalityOptions): Promise<void> {
  process.chdir('/')
  const { base = '', root = '', passwdHome = '/' } = options
  const watchedPlaces = setScene({ base, root, passwdHome })
  for (const folder of ['.cache', '.config']) mkdirSync(path.join(SCENE.home, folder))
  if (options.strace) mkdirSync(SCENE.strace)
  prepareWork()
  const places = allowedPlaces()
  const storage = places.find(({ id }) => id === 'storage')!.path
  const oracles: Oracles = {
    listeners: await startListeners(),
    processes: new ProcessWatch(SAMPLE_MS),
    files: new FileWatch(watchedPlaces, (folder) => !isWithin(folder, storage)),
  }
  const missedCanaries = await canaryIsSeen(oracles, options, 'before the work')
  const before = stateOfUntouchables()
  const edited = new Set<string>()
  const nAttempts = countAttempts()
  const startedMs = performance.now()
  const work = await doWork(options, (file) => edited.add(file))
  await setTimeout(AFTER_MS)
  const seconds = (performance.now() - startedMs) / 1000
  const network = networkUse(oracles, nAttempts)
  const { sockets, files: openFiles, programs } = oracles.processes.take()
  const encoderSeconds = oracles.processes.longestSeconds('encoderProcess.js')
  const traced = options.strace ? takeStrace() : { sockets: [], written: [] }
  const appeared = [
    ...oracles.files.take(),
    ...[...openFiles].map(([file, mode]): Appeared => ({ file, mode, isDirectory: false })),
    ...traced.written.map((found): Appeared => ({ ...found, isDirectory: false })),
  ].filter(({ file }) => !isOfTheSystem(file) && !edited.has(file) && !OUTPUTS.has(file))
  const changed = differences(before, stateOfUntouchables()).filter((file) => !edited.has(file))
  missedCanaries.push(...(await canaryIsSeen(oracles, options, 'after the work')))
  const report: LocalityReport = {
    sockets: unique([...sockets, ...network.sockets, ...traced.sockets]),
    lookups: network.lookups,
    foreignFiles: unique([...changed, ...appeared.flatMap((each) => faultOf(each, places) ?? [])]),
    foreignPrograms: [...programs].filter((each) => !isKnownProgram(each)),
    missedCanaries,
    work: { ...work, seconds, encoderSeconds },
    programs: [...programs].sort(),
    written: unique(appeared.map(({ file }) => summaryOf(file, places))),
  }
  writeFileSync(SCENE.report, JSON.stringify(report))
  oracles.listeners.close()
  oracles.processes.stop()
  oracles.files.close()
}

interface Oracles {
  listeners: Listeners
  processes: ProcessWatch
  files: FileWatch
}

function allowedPlaces(): Place[] {
  const storageDirectory = defaultStorageDirectory({
    ...{ platform: 'linux', env: ENVIRONMENT, homeDirectory: SCENE.home },
  })
  return placesOf({
    ...{ workspaces: [SCENE.workspace, SCENE.long], programDirectory: SCENE.lateral, storageDirectory },
    userModelsDirectory: path.join(storageDirectory, 'models'),
    ...{ temporaryDirectory: SCENE.temporary, platform: 'linux' },
  })
}

/** What is read and must not be written: searched folders, and what is installed. */
function stateOfUntouchables(): Map<string, string> {
  const installed = ['server/dist', 'models'].map((folder) => path.join(SCENE.lateral, folder))
  return new Map([SCENE.workspace, SCENE.long, ...installed].flatMap((folder) => [...fingerprints(folder)]))
}

function networkUse({ listeners }: Oracles, nBefore: number) {
  const lookups = listeners.takeLookups()
  const connections = listeners.takeConnections()
  // Each look-up is a datagram, and our answer another.
  const nOthers = countAttempts() - nBefore - 2 * lookups.length - connections.length
  const sockets = connections.map((address) => `a connection to ${address}`)
  if (nOthers > 0) sockets.push(`${nOthers} connections or datagrams that nobody was there for`)
  return { lookups, sockets }
}

/** Lets the canary go and gives the names of the oracles that did not see it. */
async function canaryIsSeen(oracles: Oracles, { strace }: LocalityOptions, when: string): Promise<string[]> {
  const nBefore = countAttempts()
  oracles.files.take()
  oracles.processes.take()
  await releaseCanary(strace ? straced('canary') : [])
  await setTimeout(SAMPLE_MS)
  const nAttempts = countAttempts() - nBefore
  const lookups = oracles.listeners.takeLookups()
  const connections = oracles.listeners.takeConnections()
  const { sockets } = oracles.processes.take()
  const appeared = oracles.files.take()
  const traced = strace ? takeStrace('canary') : undefined
  const seen: Record<string, boolean> = {
    'the resolver': lookups.includes(CANARY_NAME),
    'the listener': connections.length === 1,
    'strace of its sockets': !traced || traced.sockets.length >= CANARY_ATTEMPTS,
    'strace of its files': !traced || traced.written.some(({ file }) => file === CANARY_FILE),
    "the kernel's count": nAttempts - 2 * lookups.length === CANARY_ATTEMPTS,
    'the watch of processes': [...sockets].some((socket) => socket.includes('port 4321')),
    'the watch of files at home': appeared.some(({ file }) => file === CANARY_FILE),
    'the watch of temporary files': appeared.some(({ file, mode }) => file === CANARY_TEMPORARY && mode === 0o666),
  }
  return Object.keys(seen).flatMap((oracle) => (seen[oracle] ? [] : [`${oracle} missed the canary ${when}`]))
}

/** What is wrong with a file's being there, in words; undefined where nothing is. */
function faultOf({ file, mode, isDirectory }: Appeared, places: readonly Place[]): string | undefined {
  const isOnTheWay = places.some(({ path: place }) => isWithin(place, file))
  if (isOnTheWay) return undefined
  if (!mayWrite(places, file)) return file
  const isShared = places.some(({ path: place, prefixes }) => prefixes !== undefined && isWithin(file, place))
  const forOthers = (mode ?? 0) & 0o077
  if (isShared && forOthers > 0)
    return `${file} is open to others (${mode!.toString(8)}${isDirectory ? ', a folder' : ''})`
  return undefined
}

/** What every process has, no file on a disk; and what strace writes. */
const isOfTheSystem = (file: string) =>
  /^\/(proc|dev\/(null|tty|pts|urandom|zero))(\/|$)|^\/memfd:|^\/dev\/shm$/.test(file) || isWithin(file, SCENE.strace)

/** Node, what `PROGRAMS` lists, and what watches. */
const isKnownProgram = (program: string) => program === SCENE.node || KNOWN_PROGRAMS.has(path.basename(program))
/** `sh` is a link to some shell. */
const KNOWN_PROGRAMS: ReadonlySet<string> = new Set(
  [...PROGRAMS.map(({ name }) => name), 'strace'].map((name) => path.basename(programFile(name) ?? name)),
)

const isWithin = (file: string, folder: string) => file === folder || file.startsWith(`${folder}/`)

/** The place that a file is in, for people; a file elsewhere is shown itself. */
const summaryOf = (file: string, places: readonly Place[]) =>
  places.find(({ path: place, access }) => access !== 'reads' && isWithin(file, place))?.path ?? file

const unique = (lines: readonly string[]) => [...new Set(lines)].sort()

const SAMPLE_MS = 200
/** Libraries may say good-bye when their process ends. */
const AFTER_MS = 1000
