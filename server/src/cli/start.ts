import { homedir } from 'node:os'
import { defaultStorageDirectory } from '../base/paths.ts'
import { createEngine } from '../engine/engine.ts'
import type { CliIo } from './io.ts'
import { runCli } from './run.ts'

/** Connects `runCli`, which knows nothing of the process, to the real engine and this machine's places. */
export function startCli(argv: string[], modelsDirectory: string, io: CliIo, signal: AbortSignal): Promise<number> {
  return runCli(argv, {
    io,
    createEngine,
    // Most commands need no archives and no proxies.
    createModelLibrary: async (options) => new (await import('../engine/modelLibrary.ts')).ModelLibrary(options),
    storageDirectory: defaultStorageDirectory({
      platform: process.platform,
      env: process.env,
      homeDirectory: homedir(),
    }),
    modelsDirectory,
    signal,
  })
}
