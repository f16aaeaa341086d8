#!/usr/bin/env node
import path from 'node:path'
import { closeToOthers } from './base/ownModes.ts'
import { runProcess } from './cli/lifetime.ts'

/** The command line's entry. What can fail to load is loaded where failures are told. */
closeToOthers()
void runProcess(process, async (io, signal) => {
  const { startCli } = await import('./cli/start.ts')
  // The same two steps up from server/src and from server/dist.
  return startCli(process.argv.slice(2), path.resolve(import.meta.dirname, '../../models'), io, signal)
})
