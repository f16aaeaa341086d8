import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { makeReadOnly } from '../../support/readOnly.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const CLI = path.resolve(import.meta.dirname, '../../../server/dist/cli.js')
const FILES = { 'retry.ts': 'export function retryLater(action: () => void): void {\n  setTimeout(action, 1000)\n}\n' }

// Each call is a process of its own, of which some tests make many.
vi.setConfig({ testTimeout: 60_000 })

interface Outcome {
  code: number | null
  out: string
  err: string
}

function run(args: string[], cwd: string): Promise<Outcome> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

function project() {
  const folder = temporaryFolder()
  const storage = path.join(temporaryFolder(), 'storage')
  writeFiles(folder, FILES)
  const lateral = (...args: string[]) => run([...args, '--storage', storage], folder)
  return { folder, storage, lateral }
}

describe('a storage folder that can only be read', () => {
  it('has no index to show while it is empty, and none can be made: a named error, not an internal one', async (test) => {
    const { storage, lateral } = project()
    mkdirSync(storage)
    if (!makeReadOnly(storage)) return test.skip()
    expect(await lateral('status')).toMatchObject({ code: 1, out: expect.stringMatching(/no index yet/), err: '' })
    const unupdated = await lateral('search', 'retry', '--no-update')
    expect(unupdated).toMatchObject({ code: 2, err: expect.stringMatching(/has no index yet/) })
    const { code, err } = await lateral('search', 'retry')
    expect(err).toMatch(/^The index in .* cannot be written: its disk can only be read|permission is denied/)
    expect(err).toMatch(/--storage DIR/)
    expect(code).toBe(2)
  })

  it('answers from the index that is in it, and says that it cannot be brought up to date', async (test) => {
    const { folder, storage, lateral } = project()
    expect(await lateral('index')).toMatchObject({ code: 0 })
    writeFiles(folder, { 'late.ts': 'export const lateComer = 1\n' })
    if (!makeReadOnly(storage)) return test.skip()
    expect(await lateral('status')).toMatchObject({ code: 0, out: expect.stringMatching(/1 files/), err: '' })
    const plain = await lateral('search', 'retryLater', '--no-update', '--json')
    expect(plain).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(plain.out)).toMatchObject({ complete: true, hits: [{ name: 'retryLater' }] })
    const searched = await lateral('search', 'retryLater')
    expect(searched).toMatchObject({ code: 0, out: expect.stringMatching(/retryLater/) })
    expect(searched.err).toMatch(/cannot be written.*Answering from what is in it/)
  })
})

describe('a storage folder that cannot be one', () => {
  it('is named where a file stands in the place of the indexes', async () => {
    const { storage, lateral } = project()
    mkdirSync(storage)
    writeFileSync(path.join(storage, 'indexes'), 'a file')
    expect(await lateral('index')).toMatchObject({ code: 2, err: expect.stringMatching(/cannot be written/) })
    expect(await lateral('status')).toMatchObject({ code: 1, out: expect.stringMatching(/no index yet/) })
    expect(await lateral('status', '--all')).toMatchObject({ code: 1, out: 'no index yet\n' })
  })
})

describe("the shell's own folder", () => {
  it('is missed by name where it is deleted, and not where it does not matter', async () => {
    const cwd = path.join(temporaryFolder(), 'here')
    mkdirSync(cwd)
    const script = `rmdir "$PWD" && exec "$0" "$@"`
    const args = [script, process.execPath, CLI]
    const inDeleted = (...rest: string[]) =>
      new Promise<Outcome>((resolve) => {
        mkdirSync(cwd, { recursive: true })
        const child = spawn('sh', ['-c', ...args, ...rest], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
        let [out, err] = ['', '']
        child.stdout.on('data', (chunk) => (out += chunk))
        child.stderr.on('data', (chunk) => (err += chunk))
        child.on('close', (code) => resolve({ code, out, err }))
      })
    if (process.platform === 'win32') return
    const message = 'The current folder does not exist any more.\nChange to another folder first.\n'
    for (const command of ['status', 'index'])
      expect(await inDeleted(command)).toEqual({ code: 2, out: '', err: message })
    expect(await inDeleted('--help')).toMatchObject({ code: 0, err: '' })
  })
})

describe('an answer that may lack something', () => {
  it('says so, and is an error of its own where it has to be whole', async () => {
    const { folder, lateral } = project()
    for (let i = 0; i < 120; i++)
      writeFiles(folder, { [`many/file${i}.ts`]: `export const value${i} = '${i * 7919}'\n` })
    const storage = path.join(temporaryFolder(), 'storage')
    const stopped = spawn(process.execPath, [CLI, 'index', '--storage', storage, '--threads', '1'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    stopped.stderr.on('data', (text) => {
      if (/[1-9]\d*\/\S+ units/.test(String(text))) stopped.kill('SIGKILL')
    })
    await new Promise((resolve) => stopped.on('close', resolve))
    expect(await lateral('search', 'retryLater', '--require-complete', '--json')).toMatchObject({ code: 0 })
    if (stopped.signalCode !== 'SIGKILL') return
    const args = ['search', 'value7', '--no-update', '--storage', storage]
    const first = await run([...args, '--json'], folder)
    expect(JSON.parse(first.out)).toMatchObject({ complete: false })
    expect((await run([...args, '--require-complete'], folder)).code).toBe(4)
    expect((await run(args, folder)).err).toMatch(/% of the folder is indexed/)
  })
})
