import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Chunker, createChunker } from '../../../server/src/chunk/chunker.ts'
import { keyWords } from '../../../server/src/index/plaid/keyTable.ts'
import { textKey } from '../../../server/src/ingest/unitText.ts'
import { githubToken } from '../../support/secrets.ts'
import { createHarness, type HarnessOptions, type SessionHarness } from '../../support/sessionHarness.ts'
import { filesHolding } from '../../support/storedBytes.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

/** Stands in no other text: in a name of a unit, in its body and in the name of its file. */
const WORD = 'zanzibarquokka'
const body = (name: string) => `func ${name}() {\n\tprepare${name}()\n\tfinish${name}()\n}\n`
const FILES = {
  'pkg/keep.go': `package pkg\n\n${['one', 'two', 'three', 'four'].map(body).join('\n')}`,
  'pkg/other.go': `package pkg\n\n${['five', 'six', 'seven'].map(body).join('\n')}`,
  [`pkg/${WORD}.go`]: `package pkg\n\n${body(WORD)}\n${body(`${WORD}Again`)}`,
}
const DELETED = `pkg/${WORD}.go`

async function built(options: HarnessOptions = {}): Promise<SessionHarness> {
  const harness = await createHarness(options)
  writeFiles(harness.folder, FILES)
  await harness.update({ upkeep: true })
  return harness
}

/** Nothing of the word is in any file of the index, nor vectors of a text with it. */
function expectErased(
  harness: SessionHarness,
  texts: string[] = harness.encoded.filter((text) => text.includes(WORD)),
): void {
  expect(filesHolding(path.dirname(harness.directory), WORD)).toEqual([])
  expectNoVectors(harness, texts)
}

function expectNoVectors(harness: SessionHarness, texts: string[]): void {
  expect(texts.length).toBeGreaterThan(0)
  const keys = texts.map((text) => Buffer.from(keyWords(textKey(text)).buffer))
  for (const name of readdirSync(harness.directory).filter((each) => each.startsWith('vectors-'))) {
    for (const file of readdirSync(path.join(harness.directory, name))) {
      const bytes = readFileSync(path.join(harness.directory, name, file))
      expect(
        keys.filter((key) => bytes.includes(key)),
        file,
      ).toEqual([])
    }
  }
}

/** Idle moments until there is nothing to do. */
function idle({ session }: SessionHarness): void {
  for (let i = 0; i < 10_000 && session.idle() === 'more'; i++);
}

const git = (folder: string, ...args: string[]) =>
  execFileSync(
    'git',
    ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false', ...args],
    { stdio: 'pipe' },
  )

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a deleted text', () => {
  it('is in the files before', async () => {
    const harness = await built()
    expect(filesHolding(harness.directory, WORD).length).toBeGreaterThan(1)
  })

  it('is in no file of the index after the next run', async () => {
    const harness = await built()
    unlinkSync(path.join(harness.folder, DELETED))
    await harness.update({ upkeep: true })
    expectErased(harness)
    expect((await harness.search('two')).length).toBeGreaterThan(0)
    expect(harness.session.stats().nPendingFiles).toBe(0)
  })

  it('leaves by itself in a server: words at once, vectors when it is idle', async () => {
    const harness = await built()
    unlinkSync(path.join(harness.folder, DELETED))
    await harness.update({ paths: [DELETED] })
    expect(filesHolding(path.join(harness.directory, 'lexical'), WORD)).toEqual([])
    idle(harness)
    expect(() => expectErased(harness)).toThrow()
    vi.advanceTimersByTime(60_000)
    vi.setSystemTime(Date.now() + 60_000)
    idle(harness)
    expectErased(harness)
  })

  it('is found again as one where a kill came between', async () => {
    const harness = await built()
    unlinkSync(path.join(harness.folder, DELETED))
    await harness.update({})
    harness.reopen()
    await harness.update({ upkeep: true })
    expectErased(harness)
  })

  it('is whatever left a file that is edited, as far as words go', async () => {
    const harness = await built()
    writeFiles(harness.folder, { [DELETED]: 'package pkg\n', 'pkg/other.go': `${FILES['pkg/other.go']}\n` })
    await harness.update({ paths: [DELETED] })
    expect(filesHolding(path.join(harness.directory, 'lexical'), `finish${WORD}`)).toEqual([])
  })

  it('comes back with its file', async () => {
    const harness = await built()
    unlinkSync(path.join(harness.folder, DELETED))
    await harness.update({ upkeep: true })
    writeFiles(harness.folder, FILES)
    await harness.update({ upkeep: true })
    expect((await harness.search(WORD))[0]).toMatchObject({ path: DELETED })
  })

  it('is none where its file was only moved', async () => {
    const harness = await built()
    const before = harness.encoded.length
    unlinkSync(path.join(harness.folder, DELETED))
    writeFiles(harness.folder, { 'pkg/moved.go': FILES[DELETED]! })
    await harness.update({ upkeep: true })
    expect(harness.encoded.slice(before).filter((text) => text.includes('finish'))).toEqual([])
  })
})

describe('a switch of branch', () => {
  it('erases words, and nothing that would have to be encoded again', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, FILES)
    git(folder, 'init', '-q')
    git(folder, 'add', '.')
    git(folder, 'commit', '-qm', 'all')
    git(folder, 'checkout', '-qb', 'less')
    git(folder, 'rm', '-q', DELETED)
    git(folder, 'commit', '-qm', 'less')
    git(folder, 'checkout', '-q', '-')
    const harness = await built({ folder })
    const before = harness.encoded.length
    git(folder, 'checkout', '-q', 'less')
    await harness.update({ upkeep: true })
    expect(filesHolding(harness.directory, WORD)).toEqual([])
    git(folder, 'checkout', '-q', '-')
    await harness.update({ upkeep: true })
    expect(harness.encoded.slice(before)).toEqual([])
    expect((await harness.search(WORD))[0]).toMatchObject({ path: DELETED })
    // Deleted by hand it goes, also when somebody commits that later.
    unlinkSync(path.join(folder, DELETED))
    await harness.update({ upkeep: true })
    expectErased(harness)
  })
})

describe('what a rule leaves out', () => {
  it('goes when its name has become one of secrets, whatever git does', async () => {
    const harness = await built()
    const chunker = await realChunker()
    const { units, language } = await chunker.chunkFile('a.go', Buffer.from(FILES[DELETED]!))
    const facts = { sizeBytes: 1, mtimeMs: 1, contentHash: 'x'.repeat(22), language, outcome: 'ok' as const }
    unlinkSync(path.join(harness.folder, DELETED))
    harness.session.applyFiles({ files: [{ path: '.git-credentials', ...facts, units }], removed: [] })
    harness.session.commit()
    writeFiles(harness.folder, { '.git-credentials': FILES[DELETED]! })
    await harness.update({ upkeep: true })
    expectErased(harness)
  })

  it('goes when its text has become one that holds a secret', async () => {
    const token = githubToken()
    const real = await realChunker()
    let isOld = true
    const chunker: Chunker = {
      ...real,
      chunkFile: (file, bytes) =>
        isOld ? cutByOlder(real, file, Buffer.from(bytes).toString('utf8'), token) : real.chunkFile(file, bytes),
    }
    const harness = await createHarness({ chunker })
    const secret = `package pkg\n\n${body('five')}\nfunc ${WORD}() {\n\tlogin("${token}")\n}\n`
    writeFiles(harness.folder, { ...FILES, [DELETED]: 'package pkg\n', 'pkg/secret.go': secret })
    await harness.update({ upkeep: true })
    expect(filesHolding(harness.directory, 'login').length).toBeGreaterThan(0)
    isOld = false
    writeFiles(harness.folder, { 'pkg/secret.go': `${secret}\n` })
    await harness.update({ upkeep: true })
    for (const word of [token.slice(4, 12), 'login', `func ${WORD}`])
      expect(filesHolding(harness.directory, word)).toEqual([])
    expectNoVectors(
      harness,
      harness.encoded.filter((text) => text.includes('login')),
    )
  })
})

describe('an index that shares files with another', () => {
  it('loses what is deleted there, when it is brought up to date', async () => {
    const storage = temporaryFolder()
    const [first, second] = [path.join(temporaryFolder(), 'first'), path.join(temporaryFolder(), 'second')] as const
    mkdirSync(first)
    writeFiles(first, FILES)
    git(first, 'init', '-q')
    git(first, 'add', '.')
    git(first, 'commit', '-qm', 'all')
    git(first, 'worktree', 'add', '-q', '-b', 'less', second)
    git(second, 'rm', '-q', DELETED)
    git(second, 'commit', '-qm', 'less')
    const a = await built({ folder: first, directory: path.join(storage, 'a') })
    const b = await createHarness({ folder: second, directory: path.join(storage, 'b') })
    await b.update({ upkeep: true })
    expect(b.encoded).toEqual([])
    expect(shared(b).length).toBeGreaterThan(0)
    unlinkSync(path.join(first, DELETED))
    await a.update({ upkeep: true })
    const texts = a.encoded.filter((text) => text.includes(WORD))
    expectNoVectors(a, texts)
    expect(() => expectNoVectors(b, texts)).toThrow()
    await b.update({ upkeep: true })
    expectNoVectors(b, texts)
    expectErased(a, texts)
    expect((await b.search('two'))[0]).toMatchObject({ path: 'pkg/keep.go' })
  })
})

const realChunker = () => createChunker({ grammarsDirectory: path.resolve('server/dist/grammars') })

/** Units as a version without rules for texts cut them. */
async function cutByOlder(chunker: Chunker, file: string, text: string, token: string) {
  const harmless = 'x'.repeat(token.length)
  const chunked = await chunker.chunkFile(file, Buffer.from(text.replaceAll(token, harmless)))
  return JSON.parse(JSON.stringify(chunked).replaceAll(harmless, token)) as typeof chunked
}

function shared({ directory }: SessionHarness): string[] {
  const store = readdirSync(directory).find((name) => name.startsWith('vectors-'))!
  const files = readdirSync(path.join(directory, store)).map((file) => path.join(directory, store, file))
  return files.filter((file) => statSync(file).nlink > 1)
}
