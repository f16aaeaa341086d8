import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../server/src/base/random.ts'
import { order } from '../../server/src/search/rank.ts'
import { LIMIT, openIndexes, type QueryCandidates } from './quality/indexedFolder.ts'
import { mean } from './quality/ndcg.ts'
import { printTable } from './quality/table.ts'
import { ALL, LEXICAL, LEXICAL_WITH_SIGNALS, SEMANTIC_WITH_SIGNALS, type Variant } from './quality/variants.ts'
import { report } from './report.ts'
import { type HeldOut, holdOut } from './units/heldOut.ts'
import type { Target } from './units/questions.ts'

/**
 * Is a declaration found by what its doc comment says of it, once all such comments are gone?
 * `--corpora DIR` with a folder for each project; `--per-corpus N` functions, types, and functions that share no stem
 * with their question, drawn by `--seed N`; `--storage DIR` keeps copies and indexes; `--model FOLDER`. MRR@10 over
 * units, and the share of first hits whose lines are those of the declaration.
 */
const { values } = parseArgs({
  options: {
    corpora: { type: 'string' },
    'per-corpus': { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    storage: { type: 'string' },
    model: { type: 'string', default: 'embedded' },
    json: { type: 'boolean' },
  },
})
if (!values.corpora) {
  console.error('Needed: --corpora DIR.')
  process.exit(2)
}
const storage = values.storage ? path.resolve(values.storage) : await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-'))

/** What is asked about: functions, types, and functions that share no stem with their question. */
type SetName = 'functions' | 'types' | 'unshared'
const SETS: readonly SetName[] = ['functions', 'types', 'unshared']

/** What one question came to, by variant. */
interface Answered {
  corpus: string
  set: SetName
  reciprocalRank: Map<Variant, number>
  isFirstExact: Map<Variant, boolean>
}

const K = 10
const VARIANTS = [ALL, LEXICAL_WITH_SIGNALS, SEMANTIC_WITH_SIGNALS, LEXICAL]

try {
  show(await answerAll(path.resolve(values.corpora)))
} finally {
  if (!values.storage) await rm(storage, { recursive: true, force: true })
}

async function answerAll(corpora: string): Promise<Answered[]> {
  const answered: Answered[] = []
  const indexes = await openIndexes({ storage, model: values.model })
  try {
    for (const entry of (await readdir(corpora, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!entry.isDirectory()) continue
      const heldOut = await holdOut(path.join(corpora, entry.name), path.join(storage, 'corpora', entry.name), {
        nTargets: Number(values['per-corpus']),
        random: seededRandom(Number(values.seed)),
      })
      const asked = questions(heldOut)
      const { nUnits, queries } = await indexes.candidates(
        heldOut.folder,
        asked.map(({ target }) => target.question.replace(/["/:]/g, ' ')),
      )
      const sizes = SETS.map((set) => `${heldOut[set].length} ${set}`)
      console.error(`${entry.name}: ${nUnits} units, ${sizes.join(', ')}`)
      asked.forEach(({ target, set }, i) => {
        answered.push({ corpus: entry.name, set, ...judge(target, queries[i]) })
      })
    }
  } finally {
    await indexes.dispose()
  }
  return answered
}

function questions(heldOut: HeldOut): { target: Target; set: SetName }[] {
  return SETS.flatMap((set) => heldOut[set].map((target) => ({ target, set })))
}

function judge(target: Target, found: QueryCandidates | undefined): Omit<Answered, 'corpus' | 'set'> {
  const reciprocalRank = new Map<Variant, number>()
  const isFirstExact = new Map<Variant, boolean>()
  for (const variant of VARIANTS) {
    const measured = found?.[variant.candidates]
    const ranked = measured ? order(measured, variant.weights, LIMIT).slice(0, K) : []
    const rank = ranked.findIndex(({ unit }) => {
      const { table } = measured!
      return table.path(unit) === target.path && table.nameLine[unit] === target.nameLine
    })
    reciprocalRank.set(variant, rank < 0 ? 0 : 1 / (rank + 1))
    const first = ranked[0]?.unit
    const isExact =
      rank === 0 &&
      measured!.table.startLine[first!] === target.startLine &&
      measured!.table.endLine[first!] === target.endLine
    isFirstExact.set(variant, isExact)
  }
  return { reciprocalRank, isFirstExact }
}

function show(answered: readonly Answered[]): void {
  const of = (set: SetName) => answered.filter((each) => each.set === set)
  const mrr = (set: readonly Answered[], variant: Variant) => mean(set.map((each) => each.reciprocalRank.get(variant)!))
  const exact = (set: readonly Answered[], variant: Variant) =>
    mean(set.map((each) => Number(each.isFirstExact.get(variant))))
  const names = [...new Set(answered.map(({ corpus }) => corpus))]
  if (!values.json) {
    const columns = SETS.flatMap((set) => [`${set}: MRR@10`, 'first'])
    printTable('By set', [
      ['', ...columns],
      ...VARIANTS.map((each) => [each.name, ...SETS.flatMap((set) => [mrr(of(set), each), exact(of(set), each)])]),
    ])
    printTable('MRR@10 of functions, by project', [
      ['', 'questions', ...VARIANTS.map(({ name }) => name)],
      ...names.map((name) => {
        const own = of('functions').filter(({ corpus }) => corpus === name)
        return [name, String(own.length), ...VARIANTS.map((each) => mrr(own, each))]
      }),
    ])
  }
  const figures: Record<string, number> = {}
  for (const set of SETS) {
    figures[`${set}_questions`] = of(set).length
    figures[`${set}_mrr10`] = mrr(of(set), ALL)
    figures[`${set}_mrr10_lexical`] = mrr(of(set), LEXICAL)
    figures[`${set}_mrr10_lexical_with_signals`] = mrr(of(set), LEXICAL_WITH_SIGNALS)
    figures[`${set}_mrr10_semantic_with_signals`] = mrr(of(set), SEMANTIC_WITH_SIGNALS)
    figures[`${set}_first_exact`] = exact(of(set), ALL)
    figures[`${set}_first_exact_lexical`] = exact(of(set), LEXICAL)
  }
  report({ bench: 'units', corpus: names.join(', '), figures })
}
