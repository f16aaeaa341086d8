import type { ChunkedFile, ChunkOutcome } from '../contract/units.ts'
import { assemble } from './assemble.ts'
import { findKeys } from './configKeys.ts'
import type { Declaration } from './declaration.ts'
import { decodeText } from './decode.ts'
import { Grammars } from './grammars.ts'
import { findHeadings, headingPenalty } from './headings.ts'
import { type Language, languageOf } from './languages.ts'
import { LineHashes } from './lineHashes.ts'
import { findByPatterns, hasPatterns } from './patterns.ts'
import { rowOwners } from './rowOwners.ts'
import { isArmour } from './secrets/keyBlocks.ts'
import { withoutSecrets } from './secrets/withoutSecrets.ts'
import { findDeclarations } from './treeSitter.ts'

export interface ChunkOptions {
  /** Larger files come back as 'too-large', without units. */
  maxFileSizeBytes: number
}

export interface Chunker {
  /**
   * Cuts a file into units. Never rejects, whatever the bytes; how it went stands in the outcome. `path` gives the
   * language only and need not exist.
   */
  chunkFile(path: string, bytes: Uint8Array): Promise<ChunkedFile>
  /** Files will come soon: what cuts them may start. */
  expectFiles?(): void
  dispose(): Promise<void> | void
}

export interface ChunkerOptions extends Partial<ChunkOptions> {
  /** See `Grammars`. */
  grammarsDirectory: string
  /** The parser failed from inside; its memory may be damaged, and another file may fail for it. */
  onParserFailure?: (error: unknown) => void
}

/** A chunker in this thread. Grammars load on first use of a language: 2 to 20 ms each. */
export async function createChunker(options: ChunkerOptions): Promise<Chunker> {
  const { maxFileSizeBytes = DEFAULT_MAX_FILE_SIZE_BYTES, onParserFailure } = options
  const grammars = new Grammars(options.grammarsDirectory)
  const parse: Parse = async (text, lines, language) => {
    try {
      return findDeclarations(await grammars.load(language), text, lines, language) ?? 'too-complex'
    } catch (error) {
      onParserFailure?.(error)
      return 'plain-text'
    }
  }
  return {
    chunkFile: (path, bytes) => chunk(path, bytes, maxFileSizeBytes, parse),
    dispose: () => grammars.dispose(),
  }
}

/** Units of a file without any grammar, for files on which a parser failed. Never rejects. */
export function chunkWithoutParser(
  path: string,
  bytes: Uint8Array,
  maxFileSizeBytes = DEFAULT_MAX_FILE_SIZE_BYTES,
): Promise<ChunkedFile> {
  return chunk(path, bytes, maxFileSizeBytes, async () => 'plain-text')
}

type Found = { declarations: Declaration[]; hasErrors: boolean }
type Parse = (
  text: string,
  lines: readonly string[],
  language: Language,
) => Promise<Found | 'too-complex' | 'plain-text'>

async function chunk(path: string, bytes: Uint8Array, maxBytes: number, parse: Parse): Promise<ChunkedFile> {
  if (bytes.byteLength > maxBytes) {
    return { outcome: 'too-large', language: languageOf(path).languageId, units: [] }
  }
  const decoded = decodeText(bytes)
  if ('problem' in decoded) return { outcome: decoded.problem, language: languageOf(path).languageId, units: [] }
  const { text } = decoded
  const lines = text.split('\n')
  const language = languageOf(path, lines[0])
  if (isArmour(path, text)) return { outcome: 'binary', language: language.languageId, units: [] }
  const { outcome, declarations } = await find(text, lines, language, parse)
  const docs = language.space === 'docs'
  const units = assemble(lines, declarations, {
    language: language.languageId,
    space: language.space,
    gapKind: language.structure === 'headings' ? 'section' : language.structure === 'keys' ? 'config' : 'block',
    hasMethods: language.languageId !== 'elixir',
    joiner: docs ? ' > ' : '.',
    ...(language.structure === 'headings' && { penaltyOf: headingPenalty(lines) }),
  })
  const safe = withoutSecrets(units, text, path)
  const hashes = new LineHashes(lines)
  for (const unit of safe) Object.assign(unit, hashes.ofUnit(unit))
  return { outcome: safe === units ? outcome : 'holds-secret', language: language.languageId, units: safe }
}

async function find(
  text: string,
  lines: readonly string[],
  language: Language,
  parse: Parse,
): Promise<{ outcome: ChunkOutcome; declarations: Declaration[] }> {
  switch (language.structure) {
    case 'tree': {
      const found = await parse(text, lines, language)
      if (typeof found === 'string') return { outcome: found, declarations: findByPatterns(lines, language) }
      if (!found.hasErrors) return { outcome: 'ok', declarations: found.declarations }
      const more = findByPatterns(lines, language)
      return {
        outcome: 'syntax-errors',
        declarations: [...found.declarations, ...outside(found.declarations, more, lines.length)],
      }
    }
    case 'patterns':
      return { outcome: hasPatterns(language) ? 'ok' : 'plain-text', declarations: findByPatterns(lines, language) }
    case 'headings':
      return { outcome: 'ok', declarations: findHeadings(lines, language.languageId) }
    case 'keys':
      return { outcome: 'ok', declarations: findKeys(lines, language) }
    case 'text':
      return { outcome: 'plain-text', declarations: [] }
  }
}

/**
 * Those of `more` that no found declaration covers: where conditional code or a macro defeats the grammar, a line
 * pattern still sees the function.
 */
function outside(found: readonly Declaration[], more: readonly Declaration[], nRows: number): Declaration[] {
  const units = found.filter((one) => one.kind !== 'scope')
  const owners = rowOwners(
    nRows,
    units.map((one) => ({ from: one.startRow, to: one.endRow })),
  )
  return more.filter((one) => owners[one.nameRow]! < 0)
}

const DEFAULT_MAX_FILE_SIZE_BYTES = 1024 * 1024
