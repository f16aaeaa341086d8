import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { contentKey } from '../../server/src/base/hash.ts'
import { seededRandom } from '../../server/src/base/random.ts'
import { type CrashMessage, type CrashPlace, crashWork } from './crashWork.ts'

/** Edits files at random and brings their index up to date, again and again, until it is killed. */
async function run(place: CrashPlace, seed: number): Promise<never> {
  const random = seededRandom(seed)
  const pick = (n: number) => Math.floor(random() * n)
  const work = crashWork(place)
  work.open()
  tell({ type: 'ready' })
  for (let round = 0; ; round++) {
    const files = readdirSync(place.folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /file\d+$/.test(name),
    )
    const edits = files.length === 0 ? Array.from({ length: N_FILES }, (_, i) => edit(i)) : someEdits()
    tell({ type: 'begin', changes: edits.map(({ file, text }) => [file, text === null ? null : contentHash(text)]) })
    for (const { file, text } of edits) put(place.folder, file, text)
    // The first round of a process finds what the one before it left.
    const isFull = round === 0 || pick(3) === 0
    await work.update(isFull ? undefined : edits.map(({ file }) => file))
    const pending = work.session.pendingFiles()
    if (isFull && pending.length > 0) throw new Error(`${pending.length} files still wait after a build.`)
    tell({ type: 'done', rows: work.session.files({}).map((row) => [row.path, row.contentHash]) })
    if (pick(6) === 0) {
      work.session.close()
      work.open()
    }
  }

  function edit(i: number): { file: string; text: string | null } {
    const word = () => WORDS[pick(WORDS.length)]!
    const line = (n: number) => `name${i}x${n}x${pick(1000)} ${Array.from({ length: 8 }, word).join(' ')}`
    return {
      file: `part${i % 5}/file${i}`,
      text: `${Array.from({ length: 1 + pick(5) }, (_, n) => line(n)).join('\n')}\n`,
    }
  }
  function someEdits() {
    const numbers = [...new Set(Array.from({ length: 1 + pick(8) }, () => pick(N_FILES)))]
    return numbers.map((i) => (pick(4) === 0 ? { ...edit(i), text: null } : edit(i)))
  }
}

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

const N_FILES = 60
const WORDS = 'open read parse render merge flush retry cache sort route sign draw list hash bind copy'.split(' ')

const [folder, directory, kernelDirectory, seed] = process.argv.slice(2)
void run({ folder: folder!, directory: directory!, kernelDirectory: kernelDirectory! }, Number(seed))
