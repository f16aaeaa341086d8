import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Chunker } from '../../../server/src/chunk/chunker.ts'
import { startWorkerChunker } from '../../../server/src/chunk/workerChunker.ts'
import { GRAMMARS_DIRECTORY } from './check.ts'

const WORKER = path.resolve(GRAMMARS_DIRECTORY, '../chunkWorker.js')
const SOURCE = new TextEncoder().encode('export function f() {\n  return 1\n}\n')

let directory: string
let chunker: Chunker

/** The real worker, which also ends on the files it is told to. */
const FRAGILE_WORKER = `
const { existsSync, rmSync } = require('node:fs')
const { parentPort } = require('node:worker_threads')
parentPort.on('message', ({ params }) => {
  if (params?.path === 'crash.ts') process.exit(3)
  if (params?.path === 'hang.ts') for (;;);
  if (params?.path.startsWith('once') && existsSync(params.path.slice(4))) {
    rmSync(params.path.slice(4))
    process.exit(3)
  }
})
require(${JSON.stringify(WORKER)})
`

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'lateral-worker-'))
  const workerFile = path.join(directory, 'worker.cjs')
  writeFileSync(workerFile, FRAGILE_WORKER)
  chunker = startWorkerChunker({ workerFile, grammarsDirectory: GRAMMARS_DIRECTORY })
})
afterAll(async () => {
  await chunker.dispose()
  rmSync(directory, { recursive: true })
})

describe('the chunk worker', () => {
  it('answers as the chunker does', async () => {
    const file = await chunker.chunkFile('a.ts', SOURCE)
    expect(file).toMatchObject({ outcome: 'ok', language: 'typescript', units: [{ name: 'f', kind: 'function' }] })
  })

  it('cuts a file that ends it twice without a parser, and the files beside it as usual', async () => {
    const names = ['a.ts', 'b.ts', 'crash.ts', 'c.ts', 'd.ts']
    const files = await Promise.all(names.map((name) => chunker.chunkFile(name, SOURCE)))
    expect(files.map((file) => file.outcome)).toEqual(['ok', 'ok', 'plain-text', 'ok', 'ok'])
    expect(files.every((file) => file.units.length === 1)).toBe(true)
  })

  it('ends a worker that answers nothing any more, and cuts the file without a parser', async () => {
    const workerFile = path.join(directory, 'worker.cjs')
    const guarded = startWorkerChunker({ workerFile, grammarsDirectory: GRAMMARS_DIRECTORY, silenceLimitMs: 300 })
    expect(await guarded.chunkFile('hang.ts', SOURCE)).toMatchObject({ outcome: 'plain-text', units: [{}] })
    await guarded.dispose()
  })

  it('tries once more after a first end', async () => {
    const mark = path.join(directory, 'mark.ts')
    writeFileSync(mark, '')
    expect((await chunker.chunkFile(`once${mark}`, SOURCE)).outcome).toBe('ok')
  })

  it('answers without a parser after it was disposed', async () => {
    const disposed = startWorkerChunker({ workerFile: WORKER, grammarsDirectory: GRAMMARS_DIRECTORY })
    await disposed.dispose()
    expect((await disposed.chunkFile('a.ts', SOURCE)).outcome).toBe('plain-text')
  })
})
