import { throwIfAborted } from '../base/cancel.ts'
import type { Chunker } from '../chunk/chunker.ts'
import type { AlignedWord, Explanation, HitExplanation } from '../contract/explain.ts'
import type { Space, Unit } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import { bodyText, contextText } from '../ingest/unitText.ts'
import { alignWords, linesInFile } from '../search/alignment.ts'
import { parseQuery } from '../search/query.ts'
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
  const { text, phrases } = parseQuery(query)
  const { route, reason } = decideRoute(text, phrases)
  const { semantic, lexical } = RANKING_WEIGHTS.routes[route]
  const hits: HitExplanation[] = []
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
      words: unit && text !== '' ? await wordsOf(text, place.path, unit, lines, encoders[unit.space], signal) : [],
    })
  }
  return { route: { name: route, reason, semantic, lexical }, hits }
}

async function wordsOf(
  query: string,
  path: string,
  unit: Unit,
  lines: readonly string[],
  encoder: Encoder,
  signal: AbortSignal | undefined,
): Promise<AlignedWord[]> {
  const options = { unpooled: true, ...(signal && { signal }) }
  const [body, context] = [bodyText(unit), contextText(path, unit)]
  const [asked, vectors] = await Promise.all([
    encoder.encodeQuery(query, options),
    encoder.encodeDocuments([body, context], options),
  ])
  return alignWords(query, asked, [
    { text: body, vectors: vectors[0]!, lines: linesInFile(body, lines, unit.startLine, unit.endLine) },
    { text: context, vectors: vectors[1]!, lines: [] },
  ])
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

/** The unit that begins there, of its name where that is known; else the innermost around that line. */
function unitAt(units: readonly Unit[], { startLine, endLine, name }: ExplainedPlace): Unit | undefined {
  const there = units.filter((unit) => unit.startLine === startLine)
  const exact = there.find((unit) => (name === undefined ? unit.endLine === endLine : unit.name === name))
  if (exact) return exact
  const around = units.filter((unit) => unit.startLine <= startLine && startLine <= unit.endLine)
  return there[0] ?? around.sort((a, b) => a.endLine - a.startLine - (b.endLine - b.startLine))[0]
}

function isAt(hit: SessionHit, { path, startLine, endLine, name }: ExplainedPlace): boolean {
  if (hit.path !== path || hit.startLine !== startLine) return false
  return name === undefined ? hit.endLine === endLine : hit.name === name
}
