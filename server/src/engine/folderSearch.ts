import path from 'node:path'
import type { RpcClient } from '../base/rpc.ts'
import { queryError } from '../contract/errorCodes.ts'
import type { Settings } from '../contract/settings.schema.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import type { FileSets } from '../search/filters.ts'
import {
  EDITOR_PROPERTIES,
  type FilterValue,
  type FilterValues,
  GIT_PROPERTIES,
  type ParsedQuery,
  parseQuery,
  type QueryFilters,
} from '../search/query.ts'
import type { FolderStates } from './folderStates.ts'
import { GitState } from './gitState.ts'
import type { LiveText } from './liveText.ts'
import { encodeQuestion } from './queryRows.ts'
import type { SessionHit, SessionMethods, SessionSearchParams } from './sessionProtocol.ts'
import { type TextFound, TextSearch } from './textSearch.ts'
import type { TextThread } from './textThread.ts'
import type { SearchAnswer, SearchOptions } from './types.ts'

export interface FolderSearchDeps {
  folder: string
  index: RpcClient<SessionMethods>
  encoders: Record<Space, Encoder>
  /** Of the models before, while they answer for some units. */
  previous(): Record<Space, Encoder> | undefined
  live: LiveText
  texts: TextThread
  states: FolderStates
  now: () => number
}

interface Ranked {
  found: SessionHit[]
  isComplete: boolean
  text: string
}

/** Searches of one folder: encodes the question, asks the index thread, completes the hits from the live text. */
export class FolderSearch {
  readonly #git: GitState
  readonly #texts: TextSearch

  constructor(private readonly deps: FolderSearchDeps) {
    const { folder, index, texts, live, now } = deps
    this.#git = new GitState({ folder, now })
    this.#texts = new TextSearch(folder, index, texts, live)
  }

  async search(query: string, settings: Settings, options: SearchOptions): Promise<SearchAnswer> {
    const startedMs = this.deps.now()
    const { found, isComplete, text } = await this.#ranked(query, settings, options)
    const hits = await this.deps.live.complete(found, text)
    const answer = this.#answer(hits, startedMs)
    return isComplete ? answer : { ...answer, truncated: true, complete: false }
  }

  /** The hits of a search with what they are ranked by, where they are now. */
  async ranked(query: string, settings: Settings, options: SearchOptions): Promise<Ranked> {
    const ranked = await this.#ranked(query, settings, options, true)
    return { ...ranked, found: await this.deps.live.carried(ranked.found) }
  }

  async #ranked(query: string, settings: Settings, options: SearchOptions, withSignals?: boolean): Promise<Ranked> {
    const { signal, onPartial, mode = 'all' } = options
    const parsed = parseQuery(query)
    const { text } = parsed
    if (!this.#isAsked(parsed.filters.folder, options)) return { found: [], isComplete: true, text }
    const [like] = parsed.like
    if (like && mode === 'lexical')
      throw queryError(`The "like:" at column ${like.column} compares meaning; this search is by words.`, like.column)
    const encoding = mode === 'lexical' ? Promise.resolve({ rows: {} }) : this.#encode(text, options)
    // Handled where it is awaited; this keeps an early rejection from counting as unhandled meanwhile.
    encoding.catch(() => {})
    const fileSets = await this.#fileSets(parsed.filters, signal)
    const likeLines = await this.#likeLines(parsed)
    const params = {
      query,
      ...(likeLines && { likeLines }),
      limit: options.limit ?? settings['search.maxResults'],
      ...(options.space && { space: options.space }),
      ...(fileSets && { fileSets }),
      ...(withSignals && { withSignals }),
      nIvfProbe: options.nIvfProbe ?? settings['search.nIvfProbe'],
      nFullScores: options.nFullScores ?? settings['search.nFullScores'],
    }
    if (onPartial && mode === 'all' && text !== '') {
      const hits = await this.#first(parsed, { ...params, mode: 'lexical', rows: {} }, signal)
      onPartial(await this.deps.live.complete(hits, text))
    }
    const { hits, isComplete } = await this.#find(parsed, { ...params, mode, ...(await encoding) }, signal)
    return { found: hits, isComplete, text }
  }

  async related(
    file: string,
    line: number,
    settings: Settings,
    options: { limit?: number; signal?: AbortSignal },
  ): Promise<SearchAnswer> {
    const startedMs = this.deps.now()
    // The line is one of the text as it is now.
    const unit = await this.deps.live.unitAt(file, line)
    if (!unit) return this.#answer([], startedMs)
    const hits = await this.deps.index.related(
      {
        path: file,
        line: unit.indexed.nameLine,
        limit: options.limit ?? settings['search.maxResults'],
        nIvfProbe: settings['search.nIvfProbe'],
        nFullScores: settings['search.nFullScores'],
      },
      options.signal,
    )
    return this.#answer(await this.deps.live.complete(hits, ''), startedMs)
  }

  async #find(query: ParsedQuery, params: SessionSearchParams, signal?: AbortSignal): Promise<TextFound> {
    if (query.conditions.length > 0) return this.#texts.search(query, params, signal)
    return { hits: await this.deps.index.search(params, signal), isComplete: true }
  }

  #first(query: ParsedQuery, params: SessionSearchParams, signal?: AbortSignal): Promise<SessionHit[]> {
    if (query.conditions.length > 0) return this.#texts.first(query, params, signal)
    return this.deps.index.search(params, signal)
  }

  /** Lines that `like:` values name are those of the files as they are now; the index has others where they have moved. */
  async #likeLines({ like }: ParsedQuery): Promise<SessionSearchParams['likeLines']> {
    let moved: SessionSearchParams['likeLines']
    for (const { path: file, lines, column } of like) {
      if (!lines) continue
      const unit = await this.deps.live.unitAt(file, lines.start, lines.end)
      if (!unit || (unit.startLine === unit.indexed.startLine && unit.endLine === unit.indexed.endLine)) continue
      moved = { ...moved, [column]: { start: unit.indexed.startLine, end: unit.indexed.endLine } }
    }
    return moved
  }

  async #encode(text: string, { space, signal }: SearchOptions) {
    const options = { space, signal, known: new Map() }
    const previous = this.deps.previous()
    const [rows, previousRows] = await Promise.all([
      encodeQuestion(this.deps.encoders, text, options),
      previous &&
        encodeQuestion(previous, text, options).catch((error) => {
          // Where they were let go meanwhile, the chosen models have everything.
          if (this.deps.previous() === previous) throw error
        }),
    ])
    return { rows, ...(previousRows && { previousRows }) }
  }

  /** What git and the editor say of files, where the query asks for it. */
  async #fileSets({ is }: QueryFilters, signal?: AbortSignal): Promise<FileSets | undefined> {
    const asking = (properties: readonly string[]) =>
      [...is.include, ...is.exclude].find(({ value }) => properties.includes(value))
    const git = asking(GIT_PROPERTIES)
    const fromGit = git && (await this.#git.files(git.column, signal))
    const fromEditor = asking(EDITOR_PROPERTIES) && (await this.deps.live.openFiles())
    return fromGit || fromEditor ? { ...fromGit, ...fromEditor } : undefined
  }

  /** Whether the filter for folders lets this one through. `E_QUERY` for a name that no folder has. */
  #isAsked({ include, exclude }: FilterValues, { workspace }: SearchOptions): boolean {
    const name = workspace?.name ?? path.basename(this.deps.folder)
    const names = workspace?.names ?? [name]
    const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()
    for (const { value, column } of [...include, ...exclude]) {
      if (names.some((each) => same(each, value))) continue
      throw queryError(`"${value}" at column ${column} is no workspace folder: there is ${names.join(', ')}.`, column)
    }
    const isNamed = (values: FilterValue[]) => values.some(({ value }) => same(value, name))
    return (include.length === 0 || isNamed(include)) && !isNamed(exclude)
  }

  #answer(hits: SearchAnswer['hits'], startedMs: number): SearchAnswer {
    const indexedFraction = this.deps.states.current.fraction
    return { hits, elapsedMs: this.deps.now() - startedMs, indexedFraction, complete: indexedFraction >= 1 }
  }
}
