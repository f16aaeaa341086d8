import { indexMissing } from '../../contract/errorCodes.ts'
import { checkQueryLength } from '../../contract/queryLength.ts'
import { type ExplainParams, ExplainRequest, type Explanation } from '../../contract/requests.ts'
import type { Handler } from '../dispatch.ts'
import { explainParams } from '../params.ts'
import type { Session } from '../session.ts'

export const explainHandler: Handler<ExplainParams, Explanation, Session> = {
  definition: ExplainRequest,
  params: explainParams,

  async run(session, { query, uri, space, ...lines }, signal) {
    checkQueryLength(query)
    const found = session.folders.locate(uri)
    if (!found?.folder.engineFolder) throw indexMissing(uri)
    session.documents.flush()
    const { name, settings } = found.folder
    return found.folder.engineFolder.explain(query, [{ path: found.path, ...lines }], {
      limit: settings['search.maxResults'],
      signal,
      workspace: { name, names: session.folders.all().map((folder) => folder.name) },
      ...(space && { space }),
    })
  },
}
