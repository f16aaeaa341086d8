import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createChunker } from '../../server/src/chunk/chunker.ts'
import type { Unit } from '../../server/src/contract/units.ts'
import { scanFolder } from '../../server/src/ingest/scanner.ts'

export const root = path.resolve(import.meta.dirname, '../..')

/** The units that a build of `folder` with default settings encodes, in path order. */
export async function unitsOf(folder: string): Promise<Unit[]> {
  const { files } = await scanFolder(folder, { useIgnoreFiles: true, exclude: [] })
  const chunker = await createChunker({ grammarsDirectory: path.join(root, 'server/dist/grammars') })
  const units: Unit[] = []
  for (const file of files)
    units.push(...(await chunker.chunkFile(file.path, await readFile(path.join(folder, file.path)))).units)
  await chunker.dispose()
  return units
}

/** At most `n` of `items`, spread evenly. */
export function spread<T>(items: T[], n: number): T[] {
  if (items.length <= n) return items
  return Array.from({ length: n }, (_, i) => items[Math.floor((i * items.length) / n)]!)
}

/**
 * Questions that a user of this code could ask: the words of declared names, and first lines of doc comments, in turn.
 */
export function queriesFrom(units: Unit[], n: number): string[] {
  const named = units.filter(({ name, kind }) => name.length > 3 && kind !== 'block')
  const queries = spread(named, n).map(({ name, doc }, i) => {
    const sentence = doc.split(/[.\n]/)[0]?.trim() ?? ''
    return i % 2 === 0 && sentence.length > 10 ? sentence.slice(0, 120) : wordsOf(name)
  })
  return queries.map((query) => query.replace(/["\s/:]+/g, ' ').trim()).filter((query) => query !== '')
}

const wordsOf = (name: string) =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_\W]+/g, ' ')
    .toLowerCase()
