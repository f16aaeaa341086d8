import assert from 'node:assert'
import { Readable } from 'node:stream'
import type { CliContext } from '../../../server/src/cli/command.ts'
import { openDoor } from '../../../server/src/cli/door.ts'
import type { CliIo } from '../../../server/src/cli/io.ts'
import { runCli } from '../../../server/src/cli/run.ts'
import type { Engine } from '../../../server/src/engine/types.ts'
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
  colour?: boolean
  /** Stands between commands and the fake engine. */
  wrapEngine?(engine: Engine): Engine
  signal?: AbortSignal
  createModelLibrary?: CliContext['createModelLibrary']
}

/** One command line against a fake engine, from the folder of this repository. */
export async function run(
  argv: string[],
  {
    stdin = '',
    io,
    colour = false,
    wrapEngine = (same) => same,
    signal,
    createModelLibrary,
    ...engineOptions
  }: RunOptions = {},
): Promise<CliRun> {
  const engine = createFakeEngine(engineOptions)
  let [out, err] = ['', '']
  const door = openDoor({
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    colour,
    errColumns: undefined,
  })
  const code = await runCli(argv, {
    io: {
      ...door,
      stdin: Readable.from([stdin]),
      cwd: process.cwd(),
      env: {},
      canRewrite: false,
      canAsk: false,
      now: () => 0,
      ...io,
    },
    createEngine: () => wrapEngine(engine),
    createModelLibrary: createModelLibrary ?? (() => assert.fail('no models here')),
    storageDirectory: '/nowhere/storage',
    modelsDirectory: '/nowhere/models',
    signal: signal ?? new AbortController().signal,
  })
  return { code, out: out.replace(/\n$/, ''), err: err.replace(/\n$/, ''), calls: engine.calls }
}
