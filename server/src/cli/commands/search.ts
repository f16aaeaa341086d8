import { createInterface } from 'node:readline'
import { throwIfAborted } from '../../base/cancel.ts'
import { AppError } from '../../base/errors.ts'
import { usageError } from '../../contract/errorCodes.ts'
import type { EngineFolder, SearchAnswer, SearchOptions } from '../../engine/types.ts'
import { type CliContext, type Command, EXIT } from '../command.ts'
import { ensureUpdated, onlyFolder, readableFolder, withFolder } from '../folder.ts'
import { formatHit } from '../format.ts'
import type { CliIo } from '../io.ts'
import { countOption, modeOption, type RawOptions, spaceOption } from '../options.ts'

export const searchCommand: Command = {
  name: 'search',
  summary: 'Find the units of a folder that answer a question.',
  usage: '<query> [dir]  |  --stdin [dir]',
  options: [
    ...(['limit', 'json', 'space', 'semantic', 'lexical', 'probes', 'candidates', 'stdin'] as const),
    ...(['no-update', 'threads', 'exclude', 'model-dir', 'storage'] as const),
  ],
  details:
    'The query may hold filters: dir:src -lang:python kind:function is:test "exact text".\n' +
    'A folder without an index gets one first; one with an index is checked for changed files.\n' +
    'With --stdin each line is a query, and --json answers each with {"query", "hits", "ms"} on a line.',
  async run(positionals, options, context) {
    const query = options.stdin ? undefined : queryFrom(positionals)
    const folder = await readableFolder(
      onlyFolder(query === undefined ? positionals : positionals.slice(1)),
      context.io,
    )
    const searchOptions = searchOptionsFrom(options, context.signal)
    return withFolder(folder, options, context, async (opened) => {
      await ensureUpdated(opened, options, context)
      if (query === undefined) return answerLines(opened, searchOptions, options, context)
      const answer = await opened.search(query, searchOptions)
      printAnswer(query, answer, options, context.io)
      return answer.hits.length > 0 ? EXIT.hits : EXIT.none
    })
  },
}

/** One answer for each line of standard input, in its order. A query that cannot be read spoils only its own answer. */
async function answerLines(
  folder: EngineFolder,
  searchOptions: SearchOptions,
  options: RawOptions,
  { io, signal }: CliContext,
): Promise<number> {
  let nHits = 0
  let nFailed = 0
  for await (const query of createInterface({ input: io.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    throwIfAborted(signal)
    try {
      const answer = query.trim() === '' ? EMPTY : await folder.search(query, searchOptions)
      nHits += answer.hits.length
      printAnswer(query, answer, options, io)
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'E_QUERY')) throw error
      nFailed++
      if (options.json) io.out(JSON.stringify({ query, hits: [], ms: 0, error: failureOf(error) }))
      else io.err(`${error.message} ${error.advice}`)
    }
  }
  return nFailed > 0 ? EXIT.usage : nHits > 0 ? EXIT.hits : EXIT.none
}

function printAnswer(query: string, answer: SearchAnswer, options: RawOptions, io: CliIo): void {
  if (options.json) {
    io.out(JSON.stringify({ query, hits: answer.hits, ms: Number(answer.elapsedMs.toFixed(2)) }))
    return
  }
  if (options.stdin) io.out(`> ${query}`)
  for (const hit of answer.hits) io.out(formatHit(hit, io))
  if (answer.hits.length === 0) io.err(`Nothing found for ${JSON.stringify(query)}.`)
  if (answer.indexedFraction < 1)
    io.err(`${Math.floor(answer.indexedFraction * 100)}% of the folder is indexed; more may be found later.`)
}

function queryFrom(positionals: string[]): string {
  const query = positionals[0]
  if (query === undefined || query.trim() === '') throw usageError('search needs a query.')
  return query
}

function searchOptionsFrom(options: RawOptions, signal: AbortSignal): SearchOptions {
  const space = spaceOption(options)
  const nIvfProbe = countOption(options, 'probes', 1, 65536)
  const nFullScores = countOption(options, 'candidates', 1, 1_000_000)
  return {
    limit: countOption(options, 'limit', 1, 10_000) ?? DEFAULT_LIMIT,
    mode: modeOption(options),
    signal,
    ...(space && { space }),
    ...(nIvfProbe !== undefined && { nIvfProbe }),
    ...(nFullScores !== undefined && { nFullScores }),
  }
}

const failureOf = ({ code, message, advice }: AppError) => ({ code, message, advice })

const EMPTY: SearchAnswer = { hits: [], elapsedMs: 0, indexedFraction: 1 }
const DEFAULT_LIMIT = 10
