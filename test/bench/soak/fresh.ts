import { execFile, spawn } from 'node:child_process'
import path from 'node:path'
import type { SearchHit } from '../../../server/src/contract/units.ts'
import { indexDirectory } from '../../../server/src/engine/engine.ts'
import { Catalog } from '../../../server/src/index/catalog.ts'
import { root } from '../corpus.ts'

const CLI = path.join(root, 'server/dist/cli.js')

/** `lateral index` of a folder. */
export function buildIndex(folder: string, storage: string, ...options: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [CLI, 'index', folder, '--storage', storage, ...options],
      { timeout: 600_000 },
      (error) => (error ? reject(error) : resolve()),
    )
  })
}

/** Everything that an index says of its folder, a line each: files, and units at their places. */
export function contentOf(folder: string, storage: string): { files: Set<string>; units: Set<string> } {
  const catalog = Catalog.open(path.join(indexDirectory(storage, folder), 'catalog.sqlite'), { readOnly: true })
  try {
    const files = catalog.load()
    return {
      files: new Set(files.map((file) => `${file.path} ${file.contentHash}`)),
      units: new Set(
        files.flatMap((file) =>
          file.units.map(
            ({ kind, name, container, startLine, endLine, nameLine, bodyKey, contextKey }) =>
              `${file.path}:${startLine}-${endLine} ${nameLine} ${kind} ${container} ${name} ${bodyKey} ${contextKey}`,
          ),
        ),
      ),
    }
  } finally {
    catalog.close()
  }
}

/**
 * What `lateral search` answers from the index as it is: for each query its hits as text, in their order, those of the
 * same score by their place.
 */
export function answersOf(
  { folder, storage, way, limit }: { folder: string; storage: string; way: 'lexical' | 'semantic'; limit: number },
  queries: readonly string[],
): Promise<string[][]> {
  const args = [
    'search',
    folder,
    '--stdin',
    '--json',
    `--${way}`,
    '--no-update',
    '-k',
    String(limit),
    '--storage',
    storage,
  ]
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['pipe', 'pipe', 'inherit'], timeout: 600_000 })
  child.stdin.end(queries.map((query) => `${query}\n`).join(''))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk
  })
  return new Promise((resolve, reject) =>
    child.on('error', reject).on('close', () => {
      const lines = output.trimEnd().split('\n')
      if (lines.length !== queries.length) reject(new Error(`${lines.length} answers to ${queries.length} questions`))
      else
        resolve(
          lines.map((line) =>
            (JSON.parse(line).hits as SearchHit[])
              .map(({ path: file, startLine, endLine, name, score }) => ({
                score: Math.round(score * 1e6),
                place: `${file}:${startLine}-${endLine} ${name}`,
              }))
              .sort((one, two) => two.score - one.score || (one.place < two.place ? -1 : 1))
              .map(({ place }) => place),
          ),
        )
    }),
  )
}

export const nDifferent = (a: ReadonlySet<string>, b: ReadonlySet<string>): number =>
  [...a].filter((line) => !b.has(line)).length + [...b].filter((line) => !a.has(line)).length

/** Mean share of hits that two lists of answers have in common. */
export function overlap(a: readonly string[][], b: readonly string[][]): number {
  const shares = a.map((hits, i) => {
    const others = new Set(b[i])
    const size = Math.max(hits.length, others.size)
    return size === 0 ? 1 : hits.filter((hit) => others.has(hit)).length / size
  })
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length)
}
