import { type SearchHit, type SearchParams, type SearchReply, SearchRequest } from '../../contract/requests.ts'
import { toWireHit } from '../convert.ts'
import type { Handler } from '../dispatch.ts'
import { mergeRankings } from '../merge.ts'
import { searchParams } from '../params.ts'
import type { Session } from '../session.ts'

export const searchHandler: Handler<SearchParams, SearchReply, Session> = {
  definition: SearchRequest,
  params: searchParams,

  async run(session, params, signal) {
    const started = performance.now()
    const selected = session.folders.select(params.folders)
    const folders = selected.filter((folder) => folder.engineFolder)
    // As it is now: units that become searchable while the search runs may be missing from its answer.
    const fractionBefore = Math.min(1, ...selected.map((folder) => folder.searchableFraction))
    const limit = params.limit ?? Math.max(0, ...folders.map((folder) => folder.settings['search.maxResults']))
    session.documents.flush()

    const { partialResultToken } = params
    const answers = await Promise.all(
      folders.map(async (folder) => {
        const wire = (hits: SearchHit[]) => hits.map((hit) => toWireHit(hit, folder.name))
        const answer = await folder.engineFolder!.search(params.query, {
          limit,
          signal,
          nIvfProbe: folder.settings['search.nIvfProbe'],
          nFullScores: folder.settings['search.nFullScores'],
          ...(params.space && { space: params.space }),
          ...(partialResultToken !== undefined && {
            onPartial: (hits: SearchHit[]) => {
              if (!signal.aborted) session.sendPartial(partialResultToken, wire(hits))
            },
          }),
        })
        return { hits: wire(answer.hits), indexedFraction: answer.indexedFraction }
      }),
    )
    return {
      hits: mergeRankings(
        answers.map((answer) => answer.hits),
        limit,
      ),
      elapsedMs: performance.now() - started,
      indexedFraction: Math.min(fractionBefore, ...answers.map((answer) => answer.indexedFraction)),
    }
  },
}
