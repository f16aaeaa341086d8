import path from 'node:path'
import { evaluate, filesFor, type SearchedRepository } from './evaluate.ts'
import { isSame } from './ndcg.ts'
import { ALL } from './variants.ts'

/** Questions that score below `below`, worst repositories first: what was wanted, at which rank, and what came first. */
export function printMisses(repositories: readonly SearchedRepository[], below: number): void {
  const scored = evaluate(repositories, ALL)
  for (const [r, repository] of repositories.entries()) {
    repository.queries.forEach(({ query, category, targets }, q) => {
      const score = scored[r]![q]!.ndcg
      if (score >= below) return
      const files = [...new Set(filesFor(repository, q, ALL.candidates, ALL.weights))]
      const shown = (file: string) => path.posix.relative(repository.folder, file)
      const wanted = targets.map((target) => {
        const rank = files.findIndex((file) => isSame(file, target)) + 1
        return `${target} (${rank > 0 ? `rank ${rank}` : 'not found'})`
      })
      console.log(`\n${repository.name}: ${query} [${category}, ${score.toFixed(2)}]`)
      console.log(`  wanted ${wanted.join(', ')}`)
      console.log(`  found  ${files.slice(0, 4).map(shown).join(', ')}`)
    })
  }
}
