import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './corpus.ts'
import { colgrep } from './quality/colgrep.ts'
import { openIndexes } from './quality/indexedFolder.ts'
import { mean } from './quality/ndcg.ts'
import { printTable } from './quality/table.ts'
import { ALL, LEXICAL, LEXICAL_WITH_SIGNALS, SEMANTIC_WITH_SIGNALS, type Variant } from './quality/variants.ts'
import { report } from './report.ts'
import {
  type Placed,
  type Project,
  placeOf,
  placeOfAnswer,
  SETS,
  type SetName,
  searchProjects,
} from './units/projects.ts'

/**
 * Is a declaration found by what its doc comment says of it, once all such comments are gone, and by its name?
 * `--corpora DIR` with a folder for each project; `--per-corpus N` functions, types, functions that share no stem with
 * their question, and names that one declaration has, drawn by `--seed N`; `--storage DIR` keeps copies and indexes; `--model FOLDER`. MRR@10 over
 * units, and the share of first hits whose lines are those of the declaration. `--colgrep PROGRAM --ort LIBRARY` asks
 * ColGREP the same, on the same model.
 */
const { values } = parseArgs({
  options: {
    corpora: { type: 'string' },
    'per-corpus': { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    storage: { type: 'string' },
    model: { type: 'string', default: 'embedded' },
    colgrep: { type: 'string' },
    ort: { type: 'string' },
    json: { type: 'boolean' },
  },
})
if (!values.corpora) {
  console.error('Needed: --corpora DIR.')
  process.exit(2)
}
const storage = values.storage ? path.resolve(values.storage) : await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-'))

/** What one question came to, by variant. */
interface Answered {
  corpus: string
  set: SetName
  placed: Map<string, Placed>
}

const COLGREP = 'ColGREP'
const VARIANTS: readonly Variant[] = [ALL, LEXICAL_WITH_SIGNALS, SEMANTIC_WITH_SIGNALS, LEXICAL]

try {
  show(await answerAll(path.resolve(values.corpora)))
} finally {
  if (!values.storage) await rm(storage, { recursive: true, force: true })
}

async function answerAll(corpora: string): Promise<Answered[]> {
  const indexes = await openIndexes({ storage, model: values.model })
  try {
    const nTargets = Number(values['per-corpus'])
    const projects = await searchProjects(corpora, indexes, { storage, nTargets, seed: Number(values.seed) })
    const answered = projects.flatMap(({ name, asked }) =>
      asked.map((each): Answered => {
        const places = VARIANTS.map(
          (variant) => [variant.name, placeOf(each, variant.candidates, variant.weights)] as const,
        )
        return { corpus: name, set: each.set, placed: new Map(places) }
      }),
    )
    if (values.colgrep) await addColgrep(projects, answered, values.colgrep)
    return answered
  } finally {
    await indexes.dispose()
  }
}

/** `answered` is in the order of the projects and their questions. */
async function addColgrep(projects: readonly Project[], answered: readonly Answered[], program: string) {
  const model = path.resolve(root, 'models', values.model)
  const peer = await colgrep({ program, ortLibrary: values.ort, model, storage: path.join(storage, 'colgrep') })
  let at = 0
  for (const project of projects) {
    await peer.build(project.folder)
    const answers = await peer.search(
      project.folder,
      project.asked.map(({ question }) => question),
    )
    project.asked.forEach((each, i) => {
      answered[at++]!.placed.set(COLGREP, placeOfAnswer(each, project, answers[i]))
    })
  }
}

function show(answered: readonly Answered[]): void {
  const of = (set: SetName) => answered.filter((each) => each.set === set)
  const mrr = (set: readonly Answered[], name: string) =>
    mean(set.map(({ placed }) => placed.get(name)!.reciprocalRank))
  const exact = (set: readonly Answered[], name: string) =>
    mean(set.map(({ placed }) => Number(placed.get(name)!.isFirstExact)))
  const rows = [...VARIANTS.map(({ name }) => name), ...(values.colgrep ? [COLGREP] : [])]
  const names = [...new Set(answered.map(({ corpus }) => corpus))]
  if (!values.json) {
    const columns = SETS.flatMap((set) => [`${set}: MRR@10`, 'first'])
    printTable('By set', [
      ['', ...columns],
      ...rows.map((each) => [each, ...SETS.flatMap((set) => [mrr(of(set), each), exact(of(set), each)])]),
    ])
    printTable('MRR@10 of functions, by project', [
      ['', 'questions', ...rows],
      ...names.map((name) => {
        const own = of('functions').filter(({ corpus }) => corpus === name)
        return [name, String(own.length), ...rows.map((each) => mrr(own, each))]
      }),
    ])
  }
  const figures: Record<string, number> = {}
  for (const set of SETS) {
    figures[`${set}_questions`] = of(set).length
    figures[`${set}_mrr10`] = mrr(of(set), ALL.name)
    figures[`${set}_mrr10_lexical`] = mrr(of(set), LEXICAL.name)
    figures[`${set}_mrr10_lexical_with_signals`] = mrr(of(set), LEXICAL_WITH_SIGNALS.name)
    figures[`${set}_mrr10_semantic_with_signals`] = mrr(of(set), SEMANTIC_WITH_SIGNALS.name)
    if (values.colgrep) {
      figures[`${set}_mrr10_colgrep`] = mrr(of(set), COLGREP)
      figures[`${set}_first_exact_colgrep`] = exact(of(set), COLGREP)
    }
    figures[`${set}_first_exact`] = exact(of(set), ALL.name)
    figures[`${set}_first_exact_lexical`] = exact(of(set), LEXICAL.name)
  }
  report({ bench: 'units', corpus: names.join(', '), figures })
}
