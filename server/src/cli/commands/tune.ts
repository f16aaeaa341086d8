import { isCancelled } from '../../base/errors.ts'
import {
  DEFAULT_TUNE_QUERIES,
  MAX_TUNE_QUERIES,
  type MeasuredEffort,
  type SearchEffort,
  sameEffort,
  type TuneProgress,
  type TuneReport,
} from '../../contract/tuning.ts'
import type { EngineFolder } from '../../engine/types.ts'
import { type CliContext, type Command, EXIT } from '../command.ts'
import { ensureUpdated, onlyFolder, readableFolder, withFolder } from '../folder.ts'
import { formatCount } from '../format.ts'
import { countOption, UPDATE_OPTIONS } from '../options.ts'
import { createProgressLine } from '../progress.ts'

export const tuneCommand: Command = {
  name: 'tune',
  summary: 'Measure how speed and recall depend on the search settings.',
  usage: '[dir]',
  options: ['json', 'queries', 'no-update', ...UPDATE_OPTIONS],
  details:
    "Questions are made from the comments and names of the index's own units. Recall@10 is the share of the ten best\n" +
    'units of an exact search that are found; times are those of the search in the index, without encoding the question.',
  async run(positionals, options, context) {
    const folder = await readableFolder(onlyFolder(positionals), context.io)
    const nQueries = countOption(options, 'queries', 1, MAX_TUNE_QUERIES) ?? DEFAULT_TUNE_QUERIES
    return withFolder(folder, options, context, async (opened) => {
      await ensureUpdated(opened, options, context)
      const report = await tuneWithProgress(opened, nQueries, context)
      if (!report) return EXIT.interrupted
      if (options.json) context.io.json({ folder, ...report })
      else if (report.skipped) context.io.err(report.skipped)
      else context.io.out(...reportLines(folder, report))
      return report.skipped ? EXIT.none : EXIT.hits
    })
  },
}

/** Undefined where it was interrupted: a part of the measurement says nothing. */
async function tuneWithProgress(
  folder: EngineFolder,
  nQueries: number,
  { io, signal }: CliContext,
): Promise<TuneReport | undefined> {
  const line = createProgressLine(io, progressText)
  try {
    return await folder.tune({ nQueries, signal, onProgress: (progress) => line.update(progress) })
  } catch (error) {
    if (!isCancelled(error)) throw error
    io.err('Stopped. Nothing was changed.')
    return undefined
  } finally {
    line.end()
  }
}

const progressText = ({ nQueriesDone, nQueries }: TuneProgress) =>
  `Measuring: ${formatCount(nQueriesDone)}/${formatCount(nQueries)} questions`

function reportLines(folder: string, report: TuneReport): string[] {
  const { nQueries, nUnits, exactP50Ms, measured, recommended, current } = report
  return [
    folder,
    `  ${formatCount(nQueries)} questions from ${formatCount(nUnits)} units; an exact search takes ${exactP50Ms.toFixed(1)} ms`,
    '',
    row(['probes', 'candidates', 'recall@10', 'p50 ms', 'p95 ms']),
    ...measured.map((each) => measuredRow(each, report)),
    '',
    ...(recommended ? advice(recommended, current, report.recallDistance) : []),
  ]
}

function measuredRow(each: MeasuredEffort, { current, recommended }: TuneReport): string {
  const marks = [sameEffort(each, current) && 'in use', recommended && sameEffort(each, recommended) && 'recommended']
  return row(
    [
      String(each.nIvfProbe),
      formatCount(each.nFullScores),
      each.recall.toFixed(3),
      each.p50Ms.toFixed(1),
      each.p95Ms.toFixed(1),
    ],
    marks.filter(Boolean).join(', '),
  )
}

function advice(recommended: SearchEffort, current: SearchEffort, recallDistance: number): string[] {
  const { nIvfProbe, nFullScores } = recommended
  const near = `within ${recallDistance} of the best recall`
  if (sameEffort(recommended, current)) return [`  No setting needs to change: none ${near} is clearly faster.`]
  return [
    `  Recommended: ${formatCount(nIvfProbe)} probes and ${formatCount(nFullScores)} candidates, the fastest ${near}.`,
    "  In the editor's settings:",
    `    "lateral.search.nIvfProbe": ${nIvfProbe},`,
    `    "lateral.search.nFullScores": ${nFullScores}`,
    `  For lateral search: --probes ${nIvfProbe} --candidates ${nFullScores}`,
  ]
}

/** Columns to the right, `mark` behind them. */
const row = (cells: string[], mark = ''): string =>
  `  ${cells.map((cell, i) => cell.padStart(WIDTHS[i]!)).join('  ')}${mark && `  ${mark}`}`

const WIDTHS = [6, 10, 9, 6, 6]
