import path from 'node:path'
import { order } from '../../../server/src/search/rank.ts'
import type { RankingWeights } from '../../../server/src/search/weights.ts'
import { LIMIT, type QueryCandidates } from './indexedFolder.ts'
import type { JudgedQuery, JudgedRepository } from './judgements.ts'
import { mean, ndcg } from './ndcg.ts'
import type { Variant } from './variants.ts'

/** A repository with what was found for each of its questions; what is no query has nothing, and scores 0. */
export interface SearchedRepository extends JudgedRepository {
  found: (QueryCandidates | undefined)[]
}

export interface ScoredQuery {
  repository: SearchedRepository
  judged: JudgedQuery
  ndcg: number
}

/** Scores of every question, repository by repository. */
export function evaluate(repositories: readonly SearchedRepository[], variant: Variant): ScoredQuery[][] {
  return repositories.map((repository) =>
    repository.queries.map((judged, i) => ({
      repository,
      judged,
      ndcg: ndcg(filesFor(repository, i, variant.candidates, variant.weights), judged.targets),
    })),
  )
}

/** Absolute paths of a question's hits, best first; a file is named for each of its units. */
export function filesFor(
  { folder, found }: SearchedRepository,
  query: number,
  candidates: Variant['candidates'],
  weights: RankingWeights,
): string[] {
  const measured = found[query]?.[candidates]
  if (!measured) return []
  return order(measured, weights, LIMIT).map(({ unit }) => path.posix.join(folder, measured.table.path(unit)))
}

/** The mean of repositories, each the mean of its questions. */
export const meanOfRepositories = (scored: readonly (readonly ScoredQuery[])[]): number =>
  mean(scored.filter((queries) => queries.length > 0).map((queries) => mean(queries.map(({ ndcg }) => ndcg))))

/** Means of questions by a property of theirs, in order of name. */
export function meansBy(scored: readonly (readonly ScoredQuery[])[], key: (query: ScoredQuery) => string) {
  const groups = new Map<string, number[]>()
  for (const query of scored.flat()) {
    const group = groups.get(key(query))
    if (group) group.push(query.ndcg)
    else groups.set(key(query), [query.ndcg])
  }
  return [...groups].map(([name, values]) => ({ name, mean: mean(values), n: values.length })).sort(byName)
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
