import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { contentKey } from '../../server/src/base/hash.ts'
import { createLog } from '../../server/src/base/log.ts'
import { seededRandom } from '../../server/src/base/random.ts'
import { type CrashMessage, type CrashPlace, crashPlaces, crashWork } from './crashWork.ts'

/**
 * Edits files of two worktrees at random and brings their indexes up to date, with vectors of each other and with
 * upkeep, again and again, until it is killed.
 */
async function run(places: CrashPlace[], seed: number): Promise<never> {
  const random = seededRandom(seed)
  const pick = (n: number) => Math.floor(random() * n)
  const log = createLog('info', (_, text) => tell({ type: 'log', text }))
  const works = places.map((place) => crashWork(place, log, (name) => tell({ type: 'call', name })))
  for (const work of works) work.open()
  tell({ type: 'ready' })
  const seen = new Set<number>()
  for (;;) {
    const at = pick(places.length)
    const { folder } = places[at]!
    const work = works[at]!
    const { edits, isSwitch } = editsOf(folder, places[1 - at]!.folder)
    const changes = edits.map(({ file, text }): [string, string | null] => [file, text && contentHash(text)])
    tell({ type: 'begin', place: at, changes })
    for (const { file, text } of edits) put(folder, file, text)
    // The first round of a process finds what the one before it left.
    const isFull = !seen.has(at) || isSwitch || pick(3) === 0
    seen.add(at)
    await work.update(isFull ? undefined : edits.map(({ file }) => file))
    const pending = work.session.pendingFiles()
    if (isFull && pending.length > 0) throw new Error(`${pending.length} files still wait after a build.`)
    tell({ type: 'done', place: at, rows: work.session.files({}).map((row) => [row.path, row.contentHash]) })
    keepUp(work.session)
    if (pick(6) === 0) {
      work.session.close()
      work.open()
    }
  }

  /** What is due, to its end or some slices of it, so that edits come in between. */
  function keepUp(session: ReturnType<typeof crashWork>['session']): void {
    for (let n = 0, most = pick(2) === 0 ? Infinity : pick(40); n < most; n++) {
      if (n % 8 === 0) tell({ type: 'call', name: 'upkeep' })
      const { outcome } = session.upkeep()
      if (outcome === 'failed') throw new Error('Upkeep failed.')
      if (outcome === 'done') break
    }
    tell({ type: 'call', name: '' })
  }

  /** A few files to train on, then many; later edits, or the other worktree's files as after a switch of branches. */
  function editsOf(folder: string, other: string): { edits: Edit[]; isSwitch: boolean } {
    const nFiles = filesIn(folder).length
    const others = filesIn(other)
    if (others.length > N_FIRST && (nFiles === 0 || pick(4) === 0)) {
      const left = filesIn(folder).filter((file) => !others.includes(file))
      const taken = others.map((file) => ({ file, text: readFileSync(path.join(other, file), 'utf8') }))
      return { edits: [...taken, ...left.map((file) => ({ file, text: null }))], isSwitch: true }
    }
    if (nFiles === 0) return { edits: Array.from({ length: N_FIRST }, (_, i) => edit(i)), isSwitch: false }
    if (nFiles <= N_FIRST) return { edits: Array.from({ length: N_FILES }, (_, i) => edit(i)), isSwitch: false }
    const numbers = [...new Set(Array.from({ length: 1 + pick(8) }, () => pick(N_FILES)))]
    return { edits: numbers.map((i) => (pick(4) === 0 ? { ...edit(i), text: null } : edit(i))), isSwitch: false }
  }
  function edit(i: number): Edit {
    const word = () => WORDS[pick(WORDS.length)]!
    const line = (n: number) => `name${i}x${n}x${pick(1000)} ${Array.from({ length: N_WORDS }, word).join(' ')}`
    return {
      file: `part${i % 5}/file${i}`,
      text: `${Array.from({ length: 1 + pick(5) }, (_, n) => line(n)).join('\n')}\n`,
    }
  }
}

interface Edit {
  file: string
  text: string | null
}

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /file\d+$/.test(name))
    : []

/** Replaced by rename from beside the folder, so that no update reads half a file. */
function put(folder: string, file: string, text: string | null): void {
  const target = path.join(folder, file)
  if (text === null) {
    rmSync(target, { force: true })
    return
  }
  mkdirSync(path.dirname(target), { recursive: true })
  writeFileSync(`${folder}.new`, text)
  renameSync(`${folder}.new`, target)
}

const contentHash = (text: string) => contentKey(Buffer.from(text))
/** Written at once: what was told stays told when the process is killed. */
const tell = (message: CrashMessage) => writeSync(1, `${JSON.stringify(message)}\n`)

const N_FIRST = 2
const N_FILES = 60
/** Of a line: enough that all files together are a corpus whose codec is looked after. */
const N_WORDS = 26
const WORDS = 'open read parse render merge flush retry cache sort route sign draw list hash bind copy'.split(' ')

const [directory, kernelDirectory, seed] = process.argv.slice(2)
void run(crashPlaces(directory!, kernelDirectory!), Number(seed))
