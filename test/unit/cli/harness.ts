import assert from 'node:assert'
import { Readable } from 'node:stream'
import type { CliContext } from '../../../server/src/cli/command.ts'
import type { CliIo } from '../../../server/src/cli/io.ts'
import { runCli } from '../../../server/src/cli/run.ts'
import { createFakeEngine, type FakeEngineOptions } from './fakeEngine.ts'

export interface CliRun {
  code: number
  /** What results and messages were printed, without the last line break. */
  out: string
  err: string
  calls: string[]
}

export interface RunOptions extends FakeEngineOptions {
  stdin?: string
  io?: Partial<CliIo>
  signal?: AbortSignal
  createModelLibrary?: CliContext['createModelLibrary']
}

/** One command line against a fake engine, from the folder of this repository. */
export async function run(
  argv: string[],
  { stdin = '', io, signal, createModelLibrary, ...engineOptions }: RunOptions = {},
): Promise<CliRun> {
  const engine = createFakeEngine(engineOptions)
  const out: string[] = []
  const err: string[] = []
  const code = await runCli(argv, {
    io: {
      out: (line) => out.push(line),
      err: (line) => err.push(line),
      errRaw: (text) => err.push(text),
      stdin: Readable.from([stdin]),
      cwd: process.cwd(),
      env: {},
      colour: false,
      errColumns: undefined,
      canAsk: false,
      now: () => 0,
      ...io,
    },
    createEngine: () => engine,
    createModelLibrary: createModelLibrary ?? (() => assert.fail('no models here')),
    storageDirectory: '/nowhere/storage',
    modelsDirectory: '/nowhere/models',
    signal: signal ?? new AbortController().signal,
  })
  return { code, out: out.join('\n'), err: err.join('\n'), calls: engine.calls }
}
