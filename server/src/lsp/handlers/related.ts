import { type RelatedParams, RelatedRequest, type SearchReply } from '../../contract/requests.ts'
import { toWireHit } from '../convert.ts'
import type { Handler } from '../dispatch.ts'
import { relatedParams } from '../params.ts'
import type { Session } from '../session.ts'

export const relatedHandler: Handler<RelatedParams, SearchReply, Session> = {
  definition: RelatedRequest,
  params: relatedParams,

  async run(session, params, signal) {
    const found = session.folders.locate(params.uri)
    const engineFolder = found?.folder.engineFolder
    if (!found || !engineFolder) return { hits: [], elapsedMs: 0, indexedFraction: 1, complete: false }
    session.documents.flush()
    const limit = params.limit ?? found.folder.settings['search.maxResults']
    const answer = await engineFolder.related(found.path, params.line + 1, { limit, signal })
    return { ...answer, hits: answer.hits.map((hit) => toWireHit(hit, found.folder.name)) }
  },
}
