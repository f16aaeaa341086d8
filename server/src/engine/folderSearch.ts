import type { RpcClient } from '../base/rpc.ts'
import type { Settings } from '../contract/settings.schema.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import { parseQuery } from '../search/query.ts'
import type { FolderStates } from './folderStates.ts'
import type { LiveText } from './liveText.ts'
import type { QueryRows, SessionMethods } from './sessionProtocol.ts'
import type { SearchAnswer, SearchOptions } from './types.ts'

const SPACES: readonly Space[] = ['code', 'docs']

/** Searches of one folder: encodes the question, asks the index thread, completes the hits from the live text. */
export class FolderSearch {
  constructor(
    private readonly index: RpcClient<SessionMethods>,
    private readonly encoders: Record<Space, Encoder>,
    private readonly live: LiveText,
    private readonly states: FolderStates,
    private readonly now: () => number,
  ) {}

  async search(query: string, settings: Settings, options: SearchOptions): Promise<SearchAnswer> {
    const startedMs = this.now()
    const { signal, onPartial, mode = 'all' } = options
    const { text, phrases } = parseQuery(query)
    const params = {
      query,
      limit: options.limit ?? settings['search.maxResults'],
      ...(options.space && { space: options.space }),
      nIvfProbe: options.nIvfProbe ?? settings['search.nIvfProbe'],
      nFullScores: options.nFullScores ?? settings['search.nFullScores'],
    }
    const encoding = mode === 'lexical' ? Promise.resolve({}) : this.#encode(text, options.space, signal)
    // Handled where it is awaited; this keeps an early rejection from counting as unhandled meanwhile.
    encoding.catch(() => {})
    if (onPartial && mode === 'all') {
      const hits = await this.index.search({ ...params, mode: 'lexical', rows: {} }, signal)
      onPartial(await this.live.complete(hits, text, phrases))
    }
    const hits = await this.index.search({ ...params, mode, rows: await encoding }, signal)
    return this.#answer(await this.live.complete(hits, text, phrases), startedMs)
  }

  async related(
    file: string,
    line: number,
    settings: Settings,
    options: { limit?: number; signal?: AbortSignal },
  ): Promise<SearchAnswer> {
    const startedMs = this.now()
    const hits = await this.index.related(
      {
        path: file,
        line,
        limit: options.limit ?? settings['search.maxResults'],
        nIvfProbe: settings['search.nIvfProbe'],
        nFullScores: settings['search.nFullScores'],
      },
      options.signal,
    )
    return this.#answer(await this.live.complete(hits, ''), startedMs)
  }

  #answer(hits: SearchAnswer['hits'], startedMs: number): SearchAnswer {
    return { hits, elapsedMs: this.now() - startedMs, indexedFraction: this.states.current.fraction }
  }

  /** The query's rows for each wanted space; a model that serves both encodes once. */
  async #encode(
    text: string,
    space: Space | undefined,
    signal?: AbortSignal,
  ): Promise<Partial<Record<Space, QueryRows>>> {
    if (text.trim() === '') return {}
    const byModel = new Map<string, Promise<QueryRows>>()
    const wanted = SPACES.filter((each) => !space || each === space)
    const rows = await Promise.all(
      wanted.map((each) => {
        const encoder = this.encoders[each]
        const known = byModel.get(encoder.model.fingerprint)
        if (known) return known
        const encoded = encoder.encodeQuery(text, signal ? { signal } : {})
        byModel.set(encoder.model.fingerprint, encoded)
        return encoded
      }),
    )
    return Object.fromEntries(
      wanted.map((each, i) => [each, { nTokens: rows[i]!.nTokens, dim: rows[i]!.dim, data: rows[i]!.data }]),
    )
  }
}
