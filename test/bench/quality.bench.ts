import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { leaveOneOut } from './quality/crossValidation.ts'
import { evaluate, meanOfRepositories, meansBy, type SearchedRepository } from './quality/evaluate.ts'
import { openIndexes } from './quality/indexedFolder.ts'
import { readJudgements } from './quality/judgements.ts'
import { printMisses } from './quality/misses.ts'
import { printTable } from './quality/table.ts'
import { ALL, LEXICAL, LEXICAL_WITH_SIGNALS, SEMANTIC, SEMANTIC_WITH_SIGNALS, VARIANTS } from './quality/variants.ts'
import { report } from './report.ts'

/**
 * How good are the first ten files for judged questions, and what does each part of the ranking add?
 * `--corpora DIR` with a folder for each repository; `--queries DIR_OR_FILE` with the judgements (see
 * quality/judgements.ts); `--only a,b`; `--storage DIR` to use or keep indexes; `--model FOLDER`; `--misses [BELOW]`
 * lists the questions that score less. Figures are NDCG@10, means of repositories. Indexes are built where need be.
 */
const { values, positionals } = parseArgs({
  options: {
    corpora: { type: 'string' },
    queries: { type: 'string' },
    only: { type: 'string' },
    storage: { type: 'string' },
    model: { type: 'string', default: 'embedded' },
    misses: { type: 'boolean' },
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
  const repositories = await searchAll()
  if (values.misses) printMisses(repositories, Number(positionals[0] ?? 0.5))
  else measureAll(repositories)
} finally {
  if (!values.storage) await rm(storage, { recursive: true, force: true })
}

async function searchAll(): Promise<SearchedRepository[]> {
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
  } finally {
    await indexes.dispose()
  }
  return searched
}

function measureAll(repositories: readonly SearchedRepository[]): void {
  const variants = VARIANTS.map((variant) => ({ variant, scored: evaluate(repositories, variant) }))
  const scoredBy = (wanted: typeof ALL) => variants.find(({ variant }) => variant === wanted)!.scored
  const meanBy = (wanted: typeof ALL) => meanOfRepositories(scoredBy(wanted))
  const all = meanBy(ALL)
  const validation = repositories.length > 1 ? leaveOneOut(repositories) : undefined
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
    if (validation) {
      printTable('Weights: of the product, best on all, and how often chosen with one repository left out', [
        ['', 'product', 'best on all', 'chosen'],
        ...validation.knobs.map(({ name, committed, chosenOnAll, chosen }) => [
          name,
          String(committed),
          String(chosenOnAll),
          [...chosen].map(([value, n]) => `${value} (${n})`).join(', '),
        ]),
      ])
    }
  }
  report({
    bench: 'quality',
    corpus: `${repositories.length} repositories, ${scoredBy(ALL).flat().length} queries`,
    figures: {
      ndcg10_dev: all,
      ndcg10_loo: validation?.ndcg,
      ndcg10_best_weights: validation?.ndcgChosenOnAll,
      ndcg10_semantic: meanBy(SEMANTIC),
      ndcg10_lexical: meanBy(LEXICAL),
      semantic_with_signals: meanBy(SEMANTIC_WITH_SIGNALS),
      lexical_with_signals: meanBy(LEXICAL_WITH_SIGNALS),
      gain_over_lexical: all - meanBy(LEXICAL_WITH_SIGNALS),
    },
  })
}
