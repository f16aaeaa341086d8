import { raceAbort, throwIfAborted } from '../base/cancel.ts'
import { WorkspaceFiles } from '../base/workspaceFiles.ts'
import type { FileRow } from '../index/types.ts'
import { readContent } from './changes.ts'
import { cutFile } from './cutFile.ts'
import { type EncodeReport, EncodeStage } from './encodeStage.ts'
import { statOf } from './fileStat.ts'
import type { SessionFile } from './indexPort.ts'
import type { PipelineDeps, PipelineOptions, Report } from './pipeline.ts'

export interface RecutReport extends EncodeReport {
  nFilesRecut: number
}

/**
 * Cuts files again that were cut by other rules than the present ones, behind searches and updates. What an old row says
 * is answered until all texts of the new one have vectors; only texts that are new are encoded. A file that gives the same
 * units is marked. Safe to stop anywhere: what is marked stays so.
 */
export async function recutFiles(deps: PipelineDeps, options: PipelineOptions, report: Report): Promise<RecutReport> {
  const { index } = deps
  const total = { nFilesRecut: 0, nUnitsEncoded: 0, nTokensEncoded: 0, encodeMs: 0 }
  const recent = new Set(options.recent?.() ?? [])
  const waiting = await index.filesOfOtherRules(null)
  const paths = [...waiting.filter((file) => recent.has(file)), ...waiting.filter((file) => !recent.has(file))]
  for (let from = 0; from < paths.length; from += FILES_A_BATCH) {
    throwIfAborted(options.signal)
    report({ phase: 'recutting', nFiles: paths.length, nFilesDone: from })
    const batch = paths.slice(from, from + FILES_A_BATCH)
    const rows = new Map((await index.files({ paths: batch })).map((row) => [row.path, row]))
    const files = await raceAbort(Promise.all(batch.map((file) => cutAgain(deps, options, file))), options.signal)
    const cut = files.filter((file) => file !== undefined)
    const { nUnitsEncoded, nTokensEncoded, encodeMs } = await encodeAhead(deps, options, cut)
    await deps.inTurn(async () => {
      // A file that was saved meanwhile has been cut by the present rules already.
      const now = new Map((await index.files({ paths: batch })).map((row) => [row.path, row]))
      const own = cut.filter((file) => isSameRow(now.get(file.path), rows.get(file.path)))
      await index.applyFiles({ files: own, removed: [] })
    })
    total.nFilesRecut += cut.length
    total.nUnitsEncoded += nUnitsEncoded
    total.nTokensEncoded += nTokensEncoded
    total.encodeMs += encodeMs
  }
  return total
}

/** Undefined for what cannot be read now: the next update knows what to do with it. */
async function cutAgain(deps: PipelineDeps, { scan }: PipelineOptions, file: string): Promise<SessionFile | undefined> {
  const content = await readContent(new WorkspaceFiles(deps.folder), file, scan.maxFileSizeBytes)
  if (typeof content === 'string') return undefined
  return cutFile(deps, { path: file, ...statOf(content.stats) }, content)
}

/** Encodes what the units lack that are to come, as an update would encode them. */
async function encodeAhead(deps: PipelineDeps, options: PipelineOptions, files: SessionFile[]): Promise<EncodeReport> {
  const stats = await deps.index.stats(null)
  const previous = stats.nUnitsUpgraded === undefined ? undefined : deps.previous?.()
  const encoding = previous
    ? ({ generation: 'previous', encoders: previous, isUpgrade: false } as const)
    : ({ generation: 'present', encoders: deps.encoders, isUpgrade: false } as const)
  const byPath = new Map(files.map((file) => [file.path, file]))
  const waiting = files.map(({ path, units, mtimeMs }) => ({ path, nUnits: units.length, mtimeMs }))
  const stage = new EncodeStage(deps, options, () => {}, encoding)
  return stage.run(waiting, (file) => byPath.get(file), false)
}

const isSameRow = (a: FileRow | undefined, b: FileRow | undefined) =>
  a !== undefined && b !== undefined && a.contentHash === b.contentHash && a.rules === b.rules

const FILES_A_BATCH = 32
