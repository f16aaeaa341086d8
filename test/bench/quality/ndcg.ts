/** A wanted file: its path from the root of the repository, or of the folder that is indexed. */
export type Target = string

/**
 * NDCG@10 by file, every target worth the same: each counts at the rank of the first file that it is. Paths are the
 * same where one ends with the other at a '/'. `files` are absolute, best first; a file that comes again is skipped.
 */
export function ndcg(files: readonly string[], targets: readonly Target[]): number {
  const distinct = [...new Set(files)].slice(0, K)
  const ranks = new Set(targets.map((target) => distinct.findIndex((file) => isSame(file, target))))
  ranks.delete(-1)
  const ideal = sum(targets.slice(0, K).map((_, rank) => gain(rank)))
  return ideal > 0 ? sum([...ranks].map(gain)) / ideal : 0
}

export function isSame(file: string, target: Target): boolean {
  return file === target || file.endsWith(`/${target}`) || target.endsWith(`/${file}`)
}

const gain = (rank: number) => 1 / Math.log2(rank + 2)
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

export const mean = (values: readonly number[]): number => sum([...values]) / values.length

const K = 10
