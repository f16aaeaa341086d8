import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Log, nullLog } from '../../server/src/base/log.ts'
import type { Space, Unit } from '../../server/src/contract/units.ts'
import { createFakeEncoder } from '../../server/src/encode/fakeEncoder.ts'
import { IndexSession } from '../../server/src/engine/indexSession.ts'
import type { SessionModel } from '../../server/src/engine/sessionProtocol.ts'
import { VectorStore } from '../../server/src/index/plaid/vectorStore.ts'
import type { FileRow } from '../../server/src/index/types.ts'
import type { MissingDoc, SessionFile } from '../../server/src/ingest/indexPort.ts'

/** What a golden index must answer. Everything that a search needs stands here, so that only reading is tested. */
export interface Golden {
  models: Record<Space, SessionModel>
  files: FileRow[]
  /** Content keys of each store: the code space's is trained, the docs space's still waits as raw vectors. */
  keys: Record<Space, string[]>
  /** Rows of the first doc of the code store, as its codes give them. */
  firstDoc: string[]
  queries: GoldenQuery[]
}

export interface GoldenQuery {
  query: string
  mode: 'all' | 'semantic' | 'lexical'
  rows: number[]
  /** `path name` of the best hit. */
  hit: string
}

/** Writes an index of today's format, with every kind of file, to `directory/index`, and `expected.json` beside it. */
export async function makeGolden(directory: string): Promise<void> {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const encoder = createFakeEncoder({ dim: 16 })
  const models = {
    code: { id: 'golden-code', dim: 16, fingerprint: 'goldencode000001' },
    docs: { id: 'golden-docs', dim: 16, fingerprint: 'goldendocs000001' },
  }
  const session = new IndexSession(nullLog)
  session.open({ directory: path.join(directory, 'index'), kernelDirectory: KERNEL_DIRECTORY, models })
  const files = Object.entries(TEXTS).map(fileOf)
  session.applyFiles({ files, removed: [] })
  const missing = session.missingDocs({ files })
  const put = async (space: Space, docs: MissingDoc[]) => {
    const rows = await encoder.encodeDocuments(docs.map((doc) => doc.text))
    session.putVectors({ space, keys: docs.map(({ key }) => key), rows: rows.map(({ data }) => data) })
  }
  const of = (space: Space) => missing.filter((doc) => doc.space === space)
  await put('code', of('code').slice(0, -3))
  session.train({ expectedTokens: 200, final: true })
  await put('code', of('code').slice(-3))
  await put('docs', of('docs'))
  session.commit()
  const queries: GoldenQuery[] = []
  for (const [query, mode] of QUERIES) {
    const rows = [...(await encoder.encodeQuery(query)).data]
    queries.push({ query, mode, rows, hit: bestHit(session, { query, mode, rows }) })
  }
  const rows = byPath(session.files({}))
  const keysOf = (space: Space) => of(space).map(({ key }) => key)
  session.close()
  const golden: Golden = {
    models,
    files: rows,
    keys: { code: keysOf('code'), docs: keysOf('docs') },
    firstDoc: firstDocOf(openGoldenStore(path.join(directory, 'index'), models.code, nullLog)),
    queries,
  }
  for (const name of LEFTOVERS) rmSync(path.join(directory, 'index', name), { force: true })
  writeFileSync(path.join(directory, 'expected.json'), `${JSON.stringify(golden)}\n`)
}

/** `path name` of the best hit of a query. */
export function bestHit(session: IndexSession, { query, mode, rows }: Omit<GoldenQuery, 'hit'>): string {
  const code = { nTokens: rows.length / 16, dim: 16, data: Float32Array.from(rows) }
  const [hit] = session.search({ query, mode, limit: 1, nIvfProbe: 8, nFullScores: 4096, rows: { code } })
  return `${hit?.path} ${hit?.name}`
}

/** The store of one space, for reading. */
export function openGoldenStore(directory: string, { fingerprint, dim }: SessionModel, log: Log): VectorStore {
  const own = path.join(directory, `vectors-${fingerprint.slice(0, 12)}`)
  return VectorStore.open({ directory: own, kernelDirectory: KERNEL_DIRECTORY, dim, log, readOnly: true })
}

/** Decompressed numbers of a store's first doc, rounded. */
export const firstDocOf = (store: VectorStore): string[] => Array.from(store.tokens(0)!.rows, (x) => x.toFixed(3))

export const byPath = (rows: FileRow[]): FileRow[] => [...rows].sort((a, b) => (a.path < b.path ? -1 : 1))

export const KERNEL_DIRECTORY = path.resolve(import.meta.dirname, '../../server/dist')

function fileOf([file, texts]: [string, string[]], i: number): SessionFile {
  const space: Space = file.endsWith('.md') ? 'docs' : 'code'
  const language = space === 'docs' ? 'markdown' : 'go'
  const units = texts.map((text, n): Unit => {
    const name = text.split(' ')[0]!
    const place = { startLine: 1 + n * 5, endLine: 4 + n * 5, nameLine: 1 + n * 5, container: '', doc: '' }
    return { kind: space === 'docs' ? 'section' : 'function', name, language, space, text, ...place }
  })
  const contentHash = `hash${i}`.padEnd(22, '0')
  return { path: file, sizeBytes: 100 + i, mtimeMs: 1_700_000_000_000 + i, contentHash, language, outcome: 'ok', units }
}

const TEXTS: Record<string, string[]> = {
  'auth/password.go': ['HashPassword bcrypt salt password cost', 'VerifyPassword compare stored password hash'],
  'auth/session.go': ['NewSession token cookie expires user', 'EndSession cookie token revoke'],
  'net/retry.go': ['RetryRequest backoff attempt request fails', 'SleepBetween backoff jitter milliseconds'],
  'net/client.go': ['OpenConnection socket address dial timeout', 'CloseConnection socket drain buffers'],
  'text/parse.go': ['ParseNumber digits sign decimal point', 'ParseQuoted quote escape string end'],
  'draw/chart.go': ['DrawAxis ticks labels scale zero', 'DrawLegend colours labels box'],
  'docs/charts.md': ['Charts colours of a chart are chosen by hand', 'Axes an axis starts at zero'],
  'docs/install.md': ['Install download the package and run it'],
}

const QUERIES: [query: string, mode: GoldenQuery['mode']][] = [
  ['password salt', 'all'],
  ['socket timeout', 'semantic'],
  ['backoff jitter', 'semantic'],
  ['axis starts', 'lexical'],
  ['DrawLegend', 'all'],
]

/** The lock, and a log that is empty once the catalog is closed. */
const LEFTOVERS = ['writer.lock', 'catalog.sqlite-wal', 'catalog.sqlite-shm']
