import type { BuildReport, EngineFolder } from '../../engine/types.ts'
import { type Command, EXIT } from '../command.ts'
import { buildWithProgress, onlyFolder, readableFolder, upgradeWithProgress, withFolder } from '../folder.ts'
import { formatBytes, formatCount, formatSeconds, formatSkipped } from '../format.ts'
import { UPDATE_OPTIONS } from '../options.ts'

export const indexCommand: Command = {
  name: 'index',
  summary: 'Build the index of a folder, or bring it up to date.',
  usage: '[dir]',
  options: ['json', ...UPDATE_OPTIONS],
  details: 'Stopping it loses nothing: the next run continues.',
  async run(positionals, options, context) {
    const folder = await readableFolder(onlyFolder(positionals), context.io)
    const build = async (opened: EngineFolder) =>
      upgradeWithProgress(opened, await buildWithProgress(opened, context, { upkeep: true }), context)
    const report = await withFolder(folder, options, context, build, 'documents')
    if (options.json) context.io.json({ folder, ...derived(report), ...report })
    else context.io.out(...reportLines(folder, report))
    return EXIT.hits
  },
}

function derived(report: BuildReport): { tokensPerSecond: number; bytesPerToken: number } {
  return {
    tokensPerSecond: report.encodeMs > 0 ? Math.round((report.nTokensEncoded / report.encodeMs) * 1000) : 0,
    bytesPerToken: report.nTokens > 0 ? Number((report.sizeBytes / report.nTokens).toFixed(1)) : 0,
  }
}

function reportLines(folder: string, report: BuildReport): string[] {
  const { tokensPerSecond, bytesPerToken } = derived(report)
  const lines = [
    `${folder}`,
    `  ${formatCount(report.nFiles)} files (${formatCount(report.nFilesChanged)} changed, ${formatCount(report.nFilesRemoved)} removed), ` +
      `${formatCount(report.nUnits)} units (${formatCount(report.nUnitsEncoded)} encoded, ${formatCount(report.nUnitsReused)} already known) ` +
      `in ${formatSeconds(report.elapsedMs / 1000)}`,
    `  ${formatCount(report.nTokensEncoded)} tokens encoded${tokensPerSecond > 0 ? ` at ${formatCount(tokensPerSecond)} tokens/s` : ''}`,
    `  ${formatCount(report.nTokens)} tokens in the index, ${formatBytes(report.sizeBytes)} on disk, ${bytesPerToken} bytes a token`,
  ]
  if (report.skipped.length > 0) lines.push(`  ${formatSkipped(countByOutcome(report.skipped))}`)
  return lines
}

function countByOutcome(skipped: BuildReport['skipped']): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { outcome } of skipped) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
