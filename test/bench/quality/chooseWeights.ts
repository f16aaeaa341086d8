import type { RankingWeights } from '../../../server/src/search/weights.ts'
import { type Project, placeOf } from '../units/projects.ts'
import { type Judged, leaveOneOut } from './crossValidation.ts'
import { evaluate, type SearchedRepository } from './evaluate.ts'
import { KNOBS } from './knobs.ts'
import { mean } from './ndcg.ts'
import { printTable } from './table.ts'
import { ALL, LEXICAL_WITH_SIGNALS, type Variant } from './variants.ts'

export interface ChosenWeights {
  /** Means of repositories: each scored with weights chosen without it, and all with the weights best on all. */
  left: number
  best: number
  /** The same of projects; NaN where there are none. */
  leftProjects: number
  bestProjects: number
  /** As `left`, with words and signals only, whose weights are chosen for themselves. */
  leftLexical: number
}

/**
 * Chooses weights on judged repositories (NDCG@10 by file) and projects (the mean of NDCG@10 by file and MRR@10 by unit
 * for their declarations) together, each counting the same, and prints what was chosen how often. With `shown`, also the weights that are best
 * on all, to be pasted into `weights.ts`.
 */
export function chooseWeights(
  repositories: readonly SearchedRepository[],
  projects: readonly Project[],
  shown: { table: boolean; weights: boolean },
): ChosenWeights {
  const judgedBy = (variant: Variant) => [
    ...repositories.map((each) => judgedRepository(each, variant)),
    ...projects.map((each) => judgedProject(each, variant)),
  ]
  const all = leaveOneOut(judgedBy(ALL))
  const ofWords = KNOBS.filter(({ name }) => !name.startsWith('meaning'))
  const lexical = leaveOneOut(judgedBy(LEXICAL_WITH_SIGNALS), ofWords)
  if (shown.table) {
    printTable('Weights: of the product, best on all, and how often chosen with one repository left out', [
      ['', 'product', 'best on all', 'chosen'],
      ...all.knobs.map(({ name, committed, chosenOnAll, chosen }) => [
        name,
        String(committed),
        String(chosenOnAll),
        [...chosen].map(([value, n]) => `${value} (${n})`).join(', '),
      ]),
    ])
  }
  if (shown.weights) console.log(`\nBest on all:\n${JSON.stringify(all.bestWeights, undefined, 2)}`)
  const n = repositories.length
  return {
    left: mean(all.left.slice(0, n)),
    best: mean(all.best.slice(0, n)),
    leftProjects: mean(all.left.slice(n)),
    bestProjects: mean(all.best.slice(n)),
    leftLexical: mean(lexical.left.slice(0, n)),
  }
}

function judgedRepository(repository: SearchedRepository, variant: Variant): Judged {
  const score = (weights: RankingWeights) =>
    mean(evaluate([repository], { ...variant, weights })[0]!.map(({ ndcg }) => ndcg))
  return { name: repository.name, score }
}

function judgedProject({ name, asked }: Project, { candidates }: Variant): Judged {
  const questions = asked.filter(({ set }) => set !== 'unshared')
  const score = (weights: RankingWeights) =>
    mean(
      questions.map((each) => {
        const { fileNdcg, reciprocalRank } = placeOf(each, candidates, weights)
        return (fileNdcg + reciprocalRank) / 2
      }),
    )
  return { name, score }
}
