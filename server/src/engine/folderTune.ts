import { throwIfAborted } from '../base/cancel.ts'
import type { RpcClient } from '../base/rpc.ts'
import { READ_LIMIT_BYTES, WorkspaceFiles } from '../base/workspaceFiles.ts'
import type { Chunker } from '../chunk/chunker.ts'
import { DEFAULT_TUNE_QUERIES, type SearchEffort, type TuneReport } from '../contract/tuning.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import { encodeQuestion } from './queryRows.ts'
import type { SessionMethods, TuneSample } from './sessionProtocol.ts'
import { questionFor } from './tuneQuestions.ts'
import { effortsToMeasure, percentile, RECALL_DISTANCE, reached, recommend } from './tuneRule.ts'
import type { TuneOptions } from './types.ts'

export interface TuneDeps {
  folder: string
  index: RpcClient<SessionMethods>
  chunker: Chunker
  encoders: Record<Space, Encoder>
}

/**
 * Asks questions made from the index's own units with every effort of a grid, and compares the answers with those of an
 * exact search. Each question goes through all efforts before the next, so that other load on the machine falls on all
 * alike. Takes about as long as `nQueries` exact searches and 25 times as many ordinary ones.
 */
export async function tuneFolder(deps: TuneDeps, current: SearchEffort, options: TuneOptions): Promise<TuneReport> {
  const { nQueries: wanted = DEFAULT_TUNE_QUERIES, seed = DEFAULT_SEED, signal, onProgress } = options
  throwIfAborted(signal)
  const { index } = deps
  // Some of them give the same question as another, or none.
  const sample = await index.tuneSample({ limit: wanted * 2, seed }, signal)
  const skipped = reasonToSkip(sample)
  const questions = skipped ? [] : await makeQuestions(deps, sample, wanted, signal)
  const report = { nUnits: sample.nUnits, nQueries: questions.length, current, recallDistance: RECALL_DISTANCE }
  if (questions.length === 0) {
    return { ...report, exactP50Ms: 0, measured: [], skipped: skipped ?? 'No unit of the index has a name to ask for.' }
  }

  const exactMs: number[] = []
  const tries = effortsToMeasure(current).map((effort) => ({ effort, ms: [] as number[], found: 0, wanted: 0 }))
  for (const [i, question] of questions.entries()) {
    throwIfAborted(signal)
    onProgress?.({ nQueriesDone: i, nQueries: questions.length })
    const rows = await encodeQuestion(deps.encoders, question, { signal })
    const exact = await index.timedSearch({ ...current, exhaustive: true, rows }, signal)
    exactMs.push(exact.ms)
    // Starting with another one each time: what comes right after the exact search finds the caches cold.
    for (const each of [...tries.slice(i % tries.length), ...tries.slice(0, i % tries.length)]) {
      const answer = await index.timedSearch({ ...each.effort, rows }, signal)
      each.ms.push(answer.ms)
      exact.scores.forEach((best, store) => {
        const { found, wanted } = reached(answer.scores[store] ?? [], best)
        each.found += found
        each.wanted += wanted
      })
    }
  }
  onProgress?.({ nQueriesDone: questions.length, nQueries: questions.length })
  const measured = tries.map(({ effort, ms, found, wanted }) => ({
    ...effort,
    recall: wanted === 0 ? 1 : found / wanted,
    p50Ms: percentile(ms, 0.5),
    p95Ms: percentile(ms, 0.95),
  }))
  const recommended = recommend(measured, current)
  return { ...report, exactP50Ms: percentile(exactMs, 0.5), measured, ...(recommended && { recommended }) }
}

function reasonToSkip({ nUnits, nUnitsExact, hasVectors }: TuneSample): string | undefined {
  if (nUnits === 0) return 'There is no index to measure yet.'
  if (!hasVectors) return 'Nothing can be searched by meaning yet: the index is still being built.'
  if (nUnits > nUnitsExact) return undefined
  const [have, exact] = [nUnits, nUnitsExact].map((n) => n.toLocaleString('en-US'))
  return `There is nothing to tune: up to ${exact} units every search is exact, and this index has ${have}.`
}

/** Distinct questions; comments come from the files as they are now. */
async function makeQuestions(
  { folder, chunker }: TuneDeps,
  { units }: TuneSample,
  wanted: number,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const questions = new Set<string>()
  const files = new WorkspaceFiles(folder)
  const docsOf = new Map<string, Map<string, string>>()
  for (const unit of units) {
    if (questions.size >= wanted) break
    throwIfAborted(signal)
    const docs = docsOf.get(unit.path) ?? (await docsIn(unit.path, files, chunker))
    docsOf.set(unit.path, docs)
    const doc = docs.get(placeOf(unit))
    // It is not there any more, or elsewhere.
    if (doc === undefined) continue
    const question = questionFor({ ...unit, doc })
    if (question !== '') questions.add(question)
  }
  return [...questions]
}

/** The comments of a file's units by place; none where the file has gone, and a changed one has them elsewhere. */
async function docsIn(file: string, files: WorkspaceFiles, chunker: Chunker): Promise<Map<string, string>> {
  const content = await files.read(file, READ_LIMIT_BYTES.source)
  if (typeof content === 'string') return new Map()
  const { units } = await chunker.chunkFile(file, content.bytes)
  return new Map(units.map((unit) => [placeOf(unit), unit.doc ?? '']))
}

const placeOf = ({ name, startLine }: { name: string; startLine: number }) => `${startLine} ${name}`

const DEFAULT_SEED = 1
