/** What tuning measures and says. Any layer, and the client, may import this. */

/** How far PLAID looks: see the settings `search.nIvfProbe` and `search.nFullScores`. */
export interface SearchEffort {
  nIvfProbe: number
  nFullScores: number
}

export interface MeasuredEffort extends SearchEffort {
  /** Mean share, 0..1, of the ten best units of an exact search that are among the first ten of this one. */
  recall: number
  /** Of one search in the index, without the encoding of the question. */
  p50Ms: number
  p95Ms: number
}

export interface TuneReport {
  nUnits: number
  /** Questions that were asked. 0 where nothing was measured. */
  nQueries: number
  /** As the folder is searched now. */
  current: SearchEffort
  /** Median time of a search that scores every unit. 0 where nothing was measured. */
  exactP50Ms: number
  /** By probes, then by candidates, ascending. Empty where nothing was measured. */
  measured: MeasuredEffort[]
  /** The fastest of those whose recall is at most `recallDistance` below the best one's. */
  recommended?: SearchEffort
  recallDistance: number
  /** Why nothing was measured: a sentence. */
  skipped?: string
}

export interface TuneProgress {
  nQueriesDone: number
  nQueries: number
}

/** Questions asked where nobody says how many. */
export const DEFAULT_TUNE_QUERIES = 50
export const MAX_TUNE_QUERIES = 1000

export const sameEffort = (a: SearchEffort, b: SearchEffort): boolean =>
  a.nIvfProbe === b.nIvfProbe && a.nFullScores === b.nFullScores
