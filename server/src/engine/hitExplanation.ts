import { throwIfAborted } from '../base/cancel.ts'
import type { Chunker } from '../chunk/chunker.ts'
import type { AlignedWord, Explanation, HitExplanation } from '../contract/explain.ts'
import type { Space, Unit } from '../contract/units.ts'
import type { Encoder, QueryVectors } from '../encode/encoder.ts'
import { bodyText, contextText } from '../ingest/unitText.ts'
import { alignWords, linesInFile } from '../search/alignment.ts'
import { type ParsedQuery, parseQuery } from '../search/query.ts'
import { decideRoute } from '../search/router.ts'
import { signalShares } from '../search/signalMeanings.ts'
import { RANKING_WEIGHTS } from '../search/weights.ts'
import type { LiveText } from './liveText.ts'
import type { SessionHit } from './sessionProtocol.ts'
import type { ExplainedPlace } from './types.ts'

export interface ExplainDeps {
  encoders: Record<Space, Encoder>
  chunker: Chunker
  live: LiveText
}

/**
 * Explains hits of a search that was just made: `found` is all that it found, best first. Each unit is cut out of its
 * file as it is now and encoded once more, unpooled and in full precision: about as long as a query for each.
 */
export async function explainHits(
  { encoders, chunker, live }: ExplainDeps,
  query: string,
  found: readonly SessionHit[],
  places: readonly ExplainedPlace[],
  signal?: AbortSignal,
): Promise<Explanation> {
  const parsed = parseQuery(query)
  const { text } = parsed
  const hits: HitExplanation[] = []
  const wordsOf = wordsAligner(text, encoders, signal)
  const unitsOf = new Map<string, Promise<FileUnits>>()
  for (const place of places) {
    throwIfAborted(signal)
    if (!unitsOf.has(place.path)) unitsOf.set(place.path, fileUnits(place.path, live, chunker))
    const { lines, units } = await unitsOf.get(place.path)!
    const unit = unitAt(units, place)
    const at = found.findIndex((hit) => isAt(hit, place))
    const hit = found[at]
    const { kind, name, container } = hit ?? unit ?? { kind: 'block', name: '', container: '' }
    hits.push({
      path: place.path,
      startLine: place.startLine,
      endLine: place.endLine,
      ...{ kind, name, container },
      ...(hit && { rank: at + 1 }),
      score: hit?.score ?? 0,
      signals: signalShares(hit?.signals ?? {}),
      words: unit && text !== '' ? await wordsOf(place.path, unit, lines) : [],
    })
  }
  return { route: routeOf(parsed), hits }
}

function routeOf({ text, like, phrases }: ParsedQuery): Explanation['route'] {
  if (text === '' && like.length > 0) {
    return { name: 'like', reason: 'it has a place and no words', semantic: 1, lexical: 0 }
  }
  if (text === '') return { name: 'list', reason: 'it has no words', semantic: 0, lexical: 0 }
  const { route, reason } = decideRoute(text, phrases)
  const { semantic, lexical } = RANKING_WEIGHTS.routes[route]
  return { name: route, reason, semantic, lexical }
}

/** Aligns units with one query, which each model encodes once. */
function wordsAligner(query: string, encoders: Record<Space, Encoder>, signal: AbortSignal | undefined) {
  const options = signal ? { signal } : {}
  const asked = new Map<Encoder, Promise<QueryVectors>>()
  return async (path: string, unit: Unit, lines: readonly string[]): Promise<AlignedWord[]> => {
    const encoder = encoders[unit.space]
    if (!asked.has(encoder)) asked.set(encoder, encoder.encodeQuery(query, options))
    const [body, context] = [bodyText(unit), contextText(path, unit)]
    const vectors = await encoder.encodeDocuments([body, context], { ...options, unpooled: true })
    return alignWords(query, await asked.get(encoder)!, [
      { text: body, vectors: vectors[0]!, lines: linesInFile(body, lines, unit.startLine, unit.endLine) },
      { text: context, vectors: vectors[1]!, lines: [] },
    ])
  }
}

interface FileUnits {
  lines: readonly string[]
  units: readonly Unit[]
}

/** None where the file has gone. */
async function fileUnits(path: string, live: LiveText, chunker: Chunker): Promise<FileUnits> {
  const lines = await live.lines(path)
  if (!lines) return { lines: [], units: [] }
  const { units } = await chunker.chunkFile(path, new TextEncoder().encode(lines.join('\n')))
  return { lines, units }
}

/** The unit of that name, nearest to that line, as the file may have changed; else the innermost around the line. */
function unitAt(units: readonly Unit[], { startLine, endLine, name }: ExplainedPlace): Unit | undefined {
  const distance = (unit: Unit) => Math.abs(unit.startLine - startLine) + Math.abs(unit.endLine - endLine)
  const named = units.filter((unit) => name !== undefined && name !== '' && unit.name === name)
  const around = units.filter((unit) => unit.startLine <= startLine && startLine <= unit.endLine)
  return [...(named.length > 0 ? named : around)].sort((a, b) => distance(a) - distance(b))[0]
}

function isAt(hit: SessionHit, { path, startLine, endLine, name }: ExplainedPlace): boolean {
  if (hit.path !== path || hit.startLine !== startLine) return false
  return name === undefined ? hit.endLine === endLine : hit.name === name
}
