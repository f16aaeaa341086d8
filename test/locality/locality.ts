import { runInside } from './inside.ts'
import { insideOptions, runInNamespace } from './namespace.ts'
import type { LocalityOptions, LocalityReport } from './types.ts'

/**
 * To be called first by a script that calls `watchLocality`: it is started a second time inside the namespace, and then
 * this call does the work there and ends the process.
 */
export async function workIfInside(): Promise<void> {
  const inside = insideOptions()
  if (!inside) return
  await runInside(inside)
  process.exit(0)
}

/** Runs index, search, server and a long encode where every look-up, connection and file is seen. */
export const watchLocality = (options: Pick<LocalityOptions, 'seconds' | 'strace'>): Promise<LocalityReport> =>
  runInNamespace(options)

/** Whatever keeps a report from saying that everything stayed here: one line each. */
export function faultsOf(report: LocalityReport): string[] {
  const { sockets, lookups, foreignFiles, foreignPrograms } = report
  return [
    ...sockets.map((socket) => `opened ${socket}`),
    ...lookups.map((name) => `looked up ${name}`),
    ...foreignFiles.map((file) => `wrote ${file}`),
    ...foreignPrograms.map((program) => `started ${program}`),
    ...blindnessOf(report),
  ]
}

/** Why a report without faults would say nothing: a canary that was not seen, work that was not done. */
export function blindnessOf({ missedCanaries, work }: LocalityReport): string[] {
  const { encoderSeconds, nSearches, nEdits, nUnitsEncoded } = work
  const lacking = []
  if (encoderSeconds < MIN_ENCODER_SECONDS)
    lacking.push(`no encoder lived for ${MIN_ENCODER_SECONDS} s: the longest did for ${encoderSeconds.toFixed(0)} s`)
  if (nSearches === 0 || nEdits === 0 || nUnitsEncoded === 0) lacking.push('a part of the work was not done')
  return [...missedCanaries, ...lacking]
}

/** ONNX Runtime 1.30 begins to talk some ten seconds after it was loaded. */
const MIN_ENCODER_SECONDS = 40
