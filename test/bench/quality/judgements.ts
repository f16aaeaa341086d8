import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Target } from './ndcg.ts'

export interface JudgedQuery {
  query: string
  category: string
  targets: Target[]
}

export interface JudgedRepository {
  name: string
  language: string
  /** The folder that is indexed. */
  folder: string
  queries: JudgedQuery[]
}

interface RepositoryRow {
  name: string
  language: string
  benchmark_root?: string | null
  /** In a file of its own, `annotations/NAME.json`, where absent. */
  queries?: QueryRow[]
}

interface QueryRow {
  query: string
  category?: string
  relevant?: TargetRow[]
  secondary?: TargetRow[]
}

type TargetRow = string | { path: string }

/**
 * Reads judged queries in the form of the semble benchmark: a folder with `repos.json` and `annotations/NAME.json`, or
 * one file as `repos.json` is, with the queries in it. Repositories whose corpus is not there are left out and named.
 */
export async function readJudgements(
  place: string,
  corpora: string,
  only?: readonly string[],
): Promise<{ repositories: JudgedRepository[]; missing: string[] }> {
  const isFolder = (await stat(place)).isDirectory()
  const rows = await readJson<RepositoryRow[]>(isFolder ? path.join(place, 'repos.json') : place)
  const repositories: JudgedRepository[] = []
  const missing: string[] = []
  for (const { name, language, benchmark_root: below, queries } of rows) {
    if (only && !only.includes(name)) continue
    const folder = path.join(corpora, name, below ?? '')
    if (!existsSync(folder)) {
      missing.push(name)
      continue
    }
    const judged = queries ?? (await readJson<QueryRow[]>(path.join(place, 'annotations', `${name}.json`)))
    repositories.push({ name, language, folder, queries: judged.map(judgedQuery) })
  }
  return { repositories, missing }
}

function judgedQuery({ query, category = 'all', relevant = [], secondary = [] }: QueryRow): JudgedQuery {
  const targets = [...relevant, ...secondary].map((target) => (typeof target === 'string' ? target : target.path))
  return { query: query.replace(/\s+/g, ' '), category, targets }
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8'))
}
