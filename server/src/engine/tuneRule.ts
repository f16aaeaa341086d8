import { type MeasuredEffort, type SearchEffort, sameEffort } from '../contract/tuning.ts'

/** Recall that may be given up for speed. */
export const RECALL_DISTANCE = 0.01

/**
 * The fastest whose recall is at most `RECALL_DISTANCE` below the best one's. Medians this close to the fastest count
 * as equal, since the next measurement could turn them around: among those, the one in use stays, else the greatest
 * recall wins, else the least effort. Undefined where nothing was measured.
 */
export function recommend(measured: readonly MeasuredEffort[], current: SearchEffort): SearchEffort | undefined {
  const bestRecall = Math.max(...measured.map(({ recall }) => recall))
  const goodEnough = measured.filter(({ recall }) => recall >= bestRecall - RECALL_DISTANCE - ROUNDING)
  const fastestMs = Math.min(...goodEnough.map(({ p50Ms }) => p50Ms))
  const fast = goodEnough.filter(({ p50Ms }) => p50Ms <= fastestMs * EQUALLY_FAST)
  const [chosen] = fast.sort(
    (a, b) =>
      Number(sameEffort(b, current)) - Number(sameEffort(a, current)) ||
      b.recall - a.recall ||
      a.nFullScores - b.nFullScores ||
      a.nIvfProbe - b.nIvfProbe,
  )
  return chosen && { nIvfProbe: chosen.nIvfProbe, nFullScores: chosen.nFullScores }
}

/** What is measured: a grid around the defaults, and what is in use. By probes, then by candidates, ascending. */
export function effortsToMeasure(current: SearchEffort): SearchEffort[] {
  const grid = PROBES.flatMap((nIvfProbe) => CANDIDATES.map((nFullScores) => ({ nIvfProbe, nFullScores })))
  if (!grid.some((each) => sameEffort(each, current))) {
    grid.push({ nIvfProbe: current.nIvfProbe, nFullScores: current.nFullScores })
  }
  return grid.sort((a, b) => a.nIvfProbe - b.nIvfProbe || a.nFullScores - b.nFullScores)
}

/**
 * How many of the exact search's best scores are reached by those that were found, and how many there are to reach.
 * Both best first. A unit that ties with the last one wanted is as good as it.
 */
export function reached(found: readonly number[], exact: readonly number[]): { found: number; wanted: number } {
  const wanted = exact.slice(0, RECALL_AT)
  const worst = wanted.at(-1)
  if (worst === undefined) return { found: 0, wanted: 0 }
  const good = found.slice(0, wanted.length).filter((score) => score >= worst - SCORE_TIE)
  return { found: good.length, wanted: wanted.length }
}

/** The value below which `share` (0..1) of `values` lie: nearest rank. 0 where there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

/** Units of an exact search that count: what a user looks at first. */
export const RECALL_AT = 10
const EQUALLY_FAST = 1.05
const SCORE_TIE = 1e-6
const ROUNDING = 1e-9
const PROBES = [2, 4, 8, 16, 32]
const CANDIDATES = [1024, 2048, 4096, 8192, 16384]
