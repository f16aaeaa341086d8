import { spread } from '../corpus.ts'
import { percentile } from '../report.ts'
import { commandLine, languageServer, type Tool, type ToolAnswer } from './colgrep.ts'
import type { JudgedRepository } from './judgements.ts'
import { mean, ndcg } from './ndcg.ts'
import { printTable } from './table.ts'

export interface ToolFigures {
  ndcg: number
  byCategory: Map<string, number>
  buildMs: number
  /** Of all questions, and of each repository's first. */
  queryP50Ms: number
  firstP50Ms: number
}

export interface OwnFigures extends ToolFigures {
  /** The two times of a process that has just begun and does not warm up: the command line with all questions at once. */
  coldQueryP50Ms: number
  coldFirstP50Ms: number
  /** A question with a process of its own, start and end included. */
  commandP50Ms: number
}

/**
 * Both tools on the same repositories, one after the other on each: quality, the time of the builds in all, and medians
 * of a question's time. Builds are cold: each starts its process and loads its model, as all questions to ColGREP do.
 *
 * Our questions are timed as a user of the editor meets them: to the language server, from the request to the answer, the
 * first one three seconds after the index is ready, in which it warms up. Beside that stand the times without a warm-up,
 * of the command line in one process that has just begun (the hits that are judged are its own), and those of a process
 * for each question, for a few questions of each repository.
 */
export async function compareTools(
  repositories: readonly JudgedRepository[],
  peer: Tool,
  options: { model: string; storage: string; table: boolean },
): Promise<{ own: OwnFigures; peer: ToolFigures }> {
  const own = commandLine(options)
  const server = languageServer(options)
  const runs = { cold: newRun(), peer: newRun() }
  const warm: ToolAnswer[][] = []
  const commandMs: number[] = []
  for (const [i, repository] of repositories.entries()) {
    const { name, folder } = repository
    const questions = repository.queries.map(({ query }) => query)
    const answers = await runOn(own, repository, runs.cold)
    await runOn(peer, repository, runs.peer)
    warm.push(await server.search(folder, questions))
    for (const question of spread(questions, COMMANDS)) commandMs.push(await own.searchOnce(folder, question))
    const nOthers = answers.filter((answer, at) => filesOf(answer).join() !== filesOf(warm.at(-1)![at]).join()).length
    if (nOthers > 0) console.error(`${name}: the server answers ${nOthers} questions with other files`)
    const [ours, theirs] = [runs.cold, runs.peer].map(({ builds }) => (builds.at(-1)! / 1000).toFixed(1))
    console.error(`${i + 1}/${repositories.length} ${name}: built in ${ours} s, ColGREP ${theirs} s`)
  }
  const [cold, theirs] = [figuresOf(runs.cold), figuresOf(runs.peer)]
  const figures: { own: OwnFigures; peer: ToolFigures } = {
    own: {
      ...cold,
      ...timesOf(warm),
      coldQueryP50Ms: cold.queryP50Ms,
      coldFirstP50Ms: cold.firstP50Ms,
      commandP50Ms: percentile(commandMs, 0.5),
    },
    peer: theirs,
  }
  if (options.table) printFigures(figures)
  return figures
}

function printFigures({ own, peer }: { own: OwnFigures; peer: ToolFigures }): void {
  printTable('Beside ColGREP, same model (NDCG@10 of the command lines)', [
    ['', 'Lateral', 'ColGREP'],
    ['all', own.ndcg, peer.ndcg],
    ...[...own.byCategory].map(([name, value]) => [name, value, peer.byCategory.get(name)!]),
    ['cold builds, s', (own.buildMs / 1000).toFixed(1), (peer.buildMs / 1000).toFixed(1)],
    ['question, p50, ms', own.queryP50Ms.toFixed(1), peer.queryP50Ms.toFixed(1)],
    ['first question, ms', own.firstP50Ms.toFixed(1), peer.firstP50Ms.toFixed(1)],
    ['question without warm-up, p50, ms', own.coldQueryP50Ms.toFixed(1), ''],
    ['first question without warm-up, ms', own.coldFirstP50Ms.toFixed(1), ''],
    ['a process for one question, p50, ms', own.commandP50Ms.toFixed(1), peer.queryP50Ms.toFixed(1)],
  ])
}

interface Run {
  builds: number[]
  /** By repository. */
  answers: ToolAnswer[][]
  scores: { category: string; ndcg: number }[][]
}

const newRun = (): Run => ({ builds: [], answers: [], scores: [] })

async function runOn(tool: Tool, { folder, queries }: JudgedRepository, run: Run): Promise<ToolAnswer[]> {
  run.builds.push(await tool.build(folder))
  const answers = await tool.search(
    folder,
    queries.map(({ query }) => query),
  )
  run.answers.push(answers)
  run.scores.push(queries.map(({ category, targets }, i) => ({ category, ndcg: ndcg(filesOf(answers[i]), targets) })))
  return answers
}

const filesOf = (answer: ToolAnswer | undefined) => answer?.hits.map(({ file }) => file) ?? []

function timesOf(answers: ToolAnswer[][]): Pick<ToolFigures, 'queryP50Ms' | 'firstP50Ms'> {
  const p50 = (some: ToolAnswer[]) =>
    percentile(
      some.map(({ ms }) => ms),
      0.5,
    )
  return { queryP50Ms: p50(answers.flat()), firstP50Ms: p50(answers.flatMap((each) => each.slice(0, 1))) }
}

function figuresOf({ builds, answers, scores }: Run): ToolFigures {
  const categories = [...new Set(scores.flat().map(({ category }) => category))].sort()
  const meanOf = (values: { ndcg: number }[]) => mean(values.map((each) => each.ndcg))
  return {
    ndcg: mean(scores.map(meanOf)),
    byCategory: new Map(
      categories.map((name) => [name, meanOf(scores.flat().filter(({ category }) => category === name))]),
    ),
    buildMs: builds.reduce((sum, ms) => sum + ms, 0),
    ...timesOf(answers),
  }
}

/** So many questions of each repository get a process of their own: a start takes longer than all the rest. */
const COMMANDS = 4
