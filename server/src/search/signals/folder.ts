import { type Signal, valuesOf } from '../candidates.ts'
import { shareOfQuery } from './nameMatch.ts'

/** Share of the query's words that the folders of the path have. */
export const folder: Signal = (candidates, { table, query }) => {
  const byFolder = new Map<string, number>()
  return valuesOf(candidates, ({ file }) => {
    const path = table.filePath(file)
    const name = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    let share = byFolder.get(name)
    if (share === undefined) {
      share = shareOfQuery(name, query)
      byFolder.set(name, share)
    }
    return share
  })
}
