import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './corpus.ts'
import { chooseWeights } from './quality/chooseWeights.ts'
import { colgrep } from './quality/colgrep.ts'
import { compareTools } from './quality/compareTools.ts'
import { evaluate, meanOfRepositories, meansBy, type SearchedRepository } from './quality/evaluate.ts'
import { openIndexes } from './quality/indexedFolder.ts'
import { readJudgements } from './quality/judgements.ts'
import { printMisses } from './quality/misses.ts'
import { printTable } from './quality/table.ts'
import {
  ALL,
  LEXICAL,
  LEXICAL_WITH_SIGNALS,
  SEMANTIC,
  SEMANTIC_UNITS,
  SEMANTIC_WITH_SIGNALS,
  VARIANTS,
} from './quality/variants.ts'
import { report } from './report.ts'
import { type Project, searchProjects } from './units/projects.ts'

/**
 * How good are the first ten files for judged questions, and what does each part of the ranking add?
 * `--corpora DIR` with a folder for each repository; `--queries DIR_OR_FILE` with the judgements (see
 * quality/judgements.ts); `--only a,b`; `--storage DIR` to use or keep indexes; `--model FOLDER`; `--misses [BELOW]`
 * lists the questions that score less. Figures are NDCG@10, means of repositories. Indexes are built where need be.
 * Weights are chosen with one repository left out in turn; `--projects DIR` (as `units --corpora`) has declarations of
 * other projects decide too, and `--weights` prints the weights that are best on all. `--colgrep PROGRAM`, with `--ort LIBRARY` for
 * the ONNX Runtime it loads, builds and asks both tools anew, on the same model.
 */
const { values, positionals } = parseArgs({
  options: {
    corpora: { type: 'string' },
    queries: { type: 'string' },
    only: { type: 'string' },
    storage: { type: 'string' },
    model: { type: 'string', default: 'embedded' },
    misses: { type: 'boolean' },
    projects: { type: 'string' },
    weights: { type: 'boolean', default: false },
    colgrep: { type: 'string' },
    ort: { type: 'string' },
    json: { type: 'boolean' },
  },
  allowPositionals: true,
})
if (!values.corpora || !values.queries) {
  console.error('Needed: --corpora DIR and --queries DIR_OR_FILE.')
  process.exit(2)
}
const storage = values.storage ? path.resolve(values.storage) : await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-'))
try {
  const { repositories, projects } = await searchAll()
  if (values.misses) printMisses(repositories, Number(positionals[0] ?? 0.5))
  else await measureAll(repositories, projects)
} finally {
  if (!values.storage) await rm(storage, { recursive: true, force: true })
}

async function searchAll(): Promise<{ repositories: SearchedRepository[]; projects: Project[] }> {
  const place = path.resolve(values.queries!)
  const { repositories, missing } = await readJudgements(place, path.resolve(values.corpora!), values.only?.split(','))
  if (missing.length > 0) console.error(`Not in the corpora: ${missing.join(', ')}`)
  const indexes = await openIndexes({ storage, model: values.model })
  const searched: SearchedRepository[] = []
  try {
    for (const [i, repository] of repositories.entries()) {
      const startedMs = performance.now()
      const texts = repository.queries.map(({ query }) => query)
      const { queries: found, nUnits } = await indexes.candidates(repository.folder, texts)
      searched.push({ ...repository, found })
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
      console.error(
        `${i + 1}/${repositories.length} ${repository.name}: ${nUnits} units, ${found.length} queries, ${seconds} s`,
      )
    }
    const projects = values.projects
      ? await searchProjects(path.resolve(values.projects), indexes, { storage, nTargets: 60, seed: 1 })
      : []
    return { repositories: searched, projects }
  } finally {
    await indexes.dispose()
  }
}

async function measureAll(repositories: readonly SearchedRepository[], projects: readonly Project[]): Promise<void> {
  const variants = VARIANTS.map((variant) => ({ variant, scored: evaluate(repositories, variant) }))
  const scoredBy = (wanted: typeof ALL) => variants.find(({ variant }) => variant === wanted)!.scored
  const meanBy = (wanted: typeof ALL) => meanOfRepositories(scoredBy(wanted))
  const all = meanBy(ALL)
  if (!values.json) {
    printTable(
      'Ablation (NDCG@10, and the difference to everything)',
      variants.map(({ variant, scored }) => [
        variant.name,
        meanOfRepositories(scored),
        meanOfRepositories(scored) - all,
      ]),
    )
    const groups = (key: Parameters<typeof meansBy>[1]) => {
      const [both, words, meaning] = [ALL, LEXICAL_WITH_SIGNALS, SEMANTIC_WITH_SIGNALS].map((each) =>
        meansBy(scoredBy(each), key),
      )
      return [
        ['', 'queries', 'everything', 'words and signals', 'meaning and signals'],
        ...both!.map(({ name, mean, n }, i) => [name, String(n), mean, words![i]!.mean, meaning![i]!.mean]),
      ]
    }
    printTable(
      'By category',
      groups(({ judged }) => judged.category),
    )
    printTable(
      'By language',
      groups(({ repository }) => repository.language),
    )
    printTable(
      'By repository',
      groups(({ repository }) => repository.name),
    )
  }
  const chosen =
    repositories.length > 1
      ? chooseWeights(repositories, projects, { table: !values.json, weights: values.weights })
      : undefined
  const tools = values.colgrep ? await besideColgrep(repositories, values.colgrep) : undefined
  report({
    bench: 'quality',
    corpus: `${repositories.length} repositories, ${scoredBy(ALL).flat().length} queries`,
    figures: {
      ndcg10_dev: all,
      ndcg10_loo: chosen?.left,
      ndcg10_best_weights: chosen?.best,
      projects_loo: chosen?.leftProjects,
      projects_best_weights: chosen?.bestProjects,
      ndcg10_semantic: meanBy(SEMANTIC),
      ndcg10_semantic_units: meanBy(SEMANTIC_UNITS),
      ndcg10_lexical: meanBy(LEXICAL),
      semantic_with_signals: meanBy(SEMANTIC_WITH_SIGNALS),
      lexical_with_signals: meanBy(LEXICAL_WITH_SIGNALS),
      gain_over_lexical: all - meanBy(LEXICAL_WITH_SIGNALS),
      ...tools,
      gain_over_lexical_loo: chosen && chosen.left - chosen.leftLexical,
    },
  })
}

async function besideColgrep(repositories: readonly SearchedRepository[], program: string) {
  const model = path.resolve(root, 'models', values.model)
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-'))
  try {
    const peer = await colgrep({ program, ortLibrary: values.ort, model, storage: path.join(scratch, 'colgrep') })
    const storage = path.join(scratch, 'lateral')
    const tools = await compareTools(repositories, peer, { model, storage, table: !values.json })
    return {
      ndcg10_command_line: tools.own.ndcg,
      ndcg10_colgrep: tools.peer.ndcg,
      margin_over_colgrep: tools.own.ndcg - tools.peer.ndcg,
      build_s: tools.own.buildMs / 1000,
      build_s_colgrep: tools.peer.buildMs / 1000,
      build_ratio_colgrep: tools.own.buildMs / tools.peer.buildMs,
      query_p50_ms: tools.own.queryP50Ms,
      query_first_ms: tools.own.firstP50Ms,
      query_p50_ms_cold: tools.own.coldQueryP50Ms,
      query_first_ms_cold: tools.own.coldFirstP50Ms,
      command_p50_ms: tools.own.commandP50Ms,
      query_p50_ms_colgrep: tools.peer.queryP50Ms,
      query_ratio_colgrep: tools.own.queryP50Ms / tools.peer.queryP50Ms,
      command_ratio_colgrep: tools.own.commandP50Ms / tools.peer.queryP50Ms,
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
