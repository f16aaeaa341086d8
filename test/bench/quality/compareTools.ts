import { percentile } from '../report.ts'
import { commandLine, type Tool, type ToolAnswer } from './colgrep.ts'
import type { JudgedRepository } from './judgements.ts'
import { mean, ndcg } from './ndcg.ts'
import { printTable } from './table.ts'

export interface ToolFigures {
  ndcg: number
  byCategory: Map<string, number>
  buildMs: number
  queryP50Ms: number
}

/**
 * Both tools cold on the same repositories, one after the other on each: all questions, the time of the builds in all,
 * and the median of a question. A build starts its process and loads its model; ColGREP's questions do so too.
 */
export async function compareTools(
  repositories: readonly JudgedRepository[],
  peer: Tool,
  options: { model: string; storage: string; table: boolean },
): Promise<{ own: ToolFigures; peer: ToolFigures }> {
  const own = commandLine(options)
  const runs = { own: newRun(), peer: newRun() }
  for (const [i, repository] of repositories.entries()) {
    await runOn(own, repository, runs.own)
    await runOn(peer, repository, runs.peer)
    const [ours, theirs] = [runs.own, runs.peer].map(({ builds }) => (builds.at(-1)! / 1000).toFixed(1))
    console.error(`${i + 1}/${repositories.length} ${repository.name}: built in ${ours} s, ColGREP ${theirs} s`)
  }
  const figures = { own: figuresOf(runs.own), peer: figuresOf(runs.peer) }
  if (options.table) {
    printTable('Beside ColGREP, same model (NDCG@10 of the command lines)', [
      ['', 'Lateral', 'ColGREP'],
      ['all', figures.own.ndcg, figures.peer.ndcg],
      ...[...figures.own.byCategory].map(([name, value]) => [name, value, figures.peer.byCategory.get(name)!]),
      ['cold builds, s', (figures.own.buildMs / 1000).toFixed(1), (figures.peer.buildMs / 1000).toFixed(1)],
      ['query p50, ms', figures.own.queryP50Ms.toFixed(1), figures.peer.queryP50Ms.toFixed(1)],
    ])
  }
  return figures
}

interface Run {
  builds: number[]
  questionsMs: number[]
  /** By repository. */
  scores: { category: string; ndcg: number }[][]
}

const newRun = (): Run => ({ builds: [], questionsMs: [], scores: [] })

async function runOn(tool: Tool, { folder, queries }: JudgedRepository, run: Run): Promise<void> {
  run.builds.push(await tool.build(folder))
  const answers = await tool.search(
    folder,
    queries.map(({ query }) => query),
  )
  run.questionsMs.push(...answers.map(({ ms }) => ms))
  run.scores.push(queries.map(({ category, targets }, i) => ({ category, ndcg: ndcg(filesOf(answers[i]), targets) })))
}

const filesOf = (answer: ToolAnswer | undefined) => answer?.hits.map(({ file }) => file) ?? []

function figuresOf({ builds, questionsMs, scores }: Run): ToolFigures {
  const categories = [...new Set(scores.flat().map(({ category }) => category))].sort()
  const meanOf = (values: { ndcg: number }[]) => mean(values.map((each) => each.ndcg))
  return {
    ndcg: mean(scores.map(meanOf)),
    byCategory: new Map(
      categories.map((name) => [name, meanOf(scores.flat().filter(({ category }) => category === name))]),
    ),
    buildMs: builds.reduce((sum, ms) => sum + ms, 0),
    queryP50Ms: percentile(questionsMs, 0.5),
  }
}
