import { throwIfAborted } from '../../base/cancel.ts'
import { AppError } from '../../base/errors.ts'
import { type ErrorCode, usageError } from '../../contract/errorCodes.ts'
import type { Explanation } from '../../contract/explain.ts'
import { MAX_QUERY_LENGTH } from '../../contract/queryLength.ts'
import { UNIT_KINDS } from '../../contract/units.ts'
import type { EngineFolder, SearchAnswer, SearchOptions } from '../../engine/types.ts'
import { type CliContext, type Command, EXIT } from '../command.ts'
import { formatHitExplanation, formatRoute, WORDS_LEGEND } from '../explanation.ts'
import { ensureUpdated, exitOf, onlyFolder, readableFolder, withFolder } from '../folder.ts'
import { formatHit } from '../format.ts'
import type { CliIo } from '../io.ts'
import { linesOf } from '../lines.ts'
import { countOption, modeOption, type RawOptions, spaceOption, UPDATE_OPTIONS } from '../options.ts'
import { pointAt } from '../queryPointer.ts'

const FILTER_HELP = `The query may hold filters. '-' in front of one turns it round, commas and repetition mean "or", and a
value with blanks goes in double quotes.

  dir:src/api          files below a folder; a glob may stand for one: dir:packages/*/src
  file:*.spec.ts       files by name or, with '/', by path
  lang:ts,python       a language
  kind:function        one of ${UNIT_KINDS.join(', ')}
  is:test              test, doc, generated, or what git says: changed, staged
  folder:web           a workspace folder by its name
  like:src/a.ts:40     no filter: what is most like the code at that line, also like:src/a.ts#name, like:src/a.ts#L4-L9;
                       with words beside it both count
  "exact text"         units that hold the text as it stands, whatever its case
  /retr(y|ies)/i       units that match a regular expression; case counts without the i

A query of filters alone lists what passes them. Put -- before a query that begins with '-'.`

export const searchCommand: Command = {
  name: 'search',
  summary: 'Find the units of a folder that answer a question.',
  usage: '<query> [dir]  |  --stdin [dir]',
  options: [
    ...(['limit', 'json', 'explain', 'space', 'semantic', 'lexical', 'probes', 'candidates', 'stdin'] as const),
    'no-update',
    'require-complete',
    ...UPDATE_OPTIONS,
  ],
  details:
    `${FILTER_HELP}\n\n` +
    'A folder without an index gets one first; one with an index is checked for changed files.\n' +
    'With --stdin each line is a query, and --json answers each with {"query", "hits", "ms", "complete"} on a line.',
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
      const answer = await pointing(query, context.io, () => answerTo(query, opened, searchOptions, options))
      printAnswer(query, answer, options, context.io)
      return exitOf(answer.hits.length, answer.complete, options)
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
  let complete = true
  for await (const query of linesOf(io.stdin, MAX_QUERY_LENGTH + 1, signal)) {
    throwIfAborted(signal)
    try {
      const answer =
        query.trim() === ''
          ? EMPTY
          : await pointing(query, io, () => answerTo(query, folder, searchOptions, options), options.json)
      nHits += answer.hits.length
      complete &&= answer.complete
      printAnswer(query, answer, options, io)
    } catch (error) {
      if (!(error instanceof AppError && QUERY_ERRORS.has(error.code))) throw error
      nFailed++
      if (options.json) io.json({ query, hits: [], ms: 0, error: failureOf(error) })
      else io.err(`${error.message} ${error.advice}`)
    }
  }
  return nFailed > 0 ? EXIT.usage : exitOf(nHits, complete, options)
}

type ExplainedAnswer = SearchAnswer & { explanation?: Explanation }

async function answerTo(
  query: string,
  folder: EngineFolder,
  searchOptions: SearchOptions,
  { explain }: RawOptions,
): Promise<ExplainedAnswer> {
  const answer = await folder.search(query, searchOptions)
  return explain ? { ...answer, explanation: await folder.explain(query, answer.hits, searchOptions) } : answer
}

/** Shows the place in the query that an error is about; the error itself goes on. */
async function pointing<T>(query: string, io: CliIo, run: () => Promise<T>, isQuiet?: RawOptions['json']): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!isQuiet && error instanceof AppError && error.column !== undefined) io.err(...pointAt(query, error.column))
    throw error
  }
}

function printAnswer(query: string, answer: ExplainedAnswer, options: RawOptions, io: CliIo): void {
  if (options.json) {
    const { hits, elapsedMs, complete, truncated, explanation } = answer
    const ms = Number(elapsedMs.toFixed(2))
    io.json({ query, hits, ms, complete, ...(truncated && { truncated }), ...(explanation && { explanation }) })
    return
  }
  if (options.stdin) io.out(`> ${query}`)
  const { explanation } = answer
  if (explanation) io.out(formatRoute(explanation.route))
  if (explanation?.hits.some(({ words }) => words.length > 0)) io.out(...WORDS_LEGEND)
  answer.hits.forEach((hit, i) => {
    io.out(...formatHit(hit, io.cwd))
    if (explanation) io.out(...formatHitExplanation(explanation.hits[i]!))
  })
  if (answer.hits.length === 0) io.err(`Nothing found for ${JSON.stringify(query)}.`)
  if (answer.truncated) io.err('Not every file was looked at in time; narrow the search with dir: or lang: to see all.')
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

const failureOf = ({ code, message, advice, column }: AppError) => ({ code, message, advice, column })

/** What is wrong with one query and not with the next. */
const QUERY_ERRORS: ReadonlySet<string> = new Set<ErrorCode>(['E_QUERY', 'E_GIT', 'E_LIKE'])
const EMPTY: SearchAnswer = { hits: [], elapsedMs: 0, indexedFraction: 1, complete: true }
const DEFAULT_LIMIT = 10
