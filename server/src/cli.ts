#!/usr/bin/env node
import { homedir } from 'node:os'
import path from 'node:path'
import { closeToOthers } from './base/ownModes.ts'
import { defaultStorageDirectory } from './base/paths.ts'
import { reportFailure } from './cli/failures.ts'
import { processIo } from './cli/io.ts'
import { runCli } from './cli/run.ts'
import { createEngine } from './engine/engine.ts'

/** The command line's entry: connects the process to `runCli`, which knows nothing of it. */
closeToOthers()
const interrupt = new AbortController()
let nInterrupts = 0
const onInterrupt = () => {
  // A second Ctrl+C means: now.
  if (++nInterrupts > 1) process.exit(130)
  interrupt.abort()
}
process.on('SIGINT', onInterrupt)
process.on('SIGTERM', onInterrupt)
// `lateral search ... | head` closes our output early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const io = processIo(process)
// Node would print a trace and end with 1, which means "no hits" here.
process.on('uncaughtException', (error) => process.exit(reportFailure(error, io)))

void runCli(process.argv.slice(2), {
  io,
  createEngine,
  // Most commands need no archives and no proxies.
  createModelLibrary: async (options) => new (await import('./engine/modelLibrary.ts')).ModelLibrary(options),
  storageDirectory: defaultStorageDirectory({
    platform: process.platform,
    env: process.env,
    homeDirectory: homedir(),
  }),
  // The same two steps up from server/src and from server/dist.
  modelsDirectory: path.resolve(import.meta.dirname, '../../models'),
  signal: interrupt.signal,
}).then((code) => {
  process.exitCode = code
  // A handle that a dependency left open must not keep the prompt away.
  setTimeout(() => process.exit(code), 2000).unref()
})
