import { raceAbort } from '../../base/cancel.ts'
import { indexMissing } from '../../contract/errorCodes.ts'
import { type TuneParams, type TuneReply, TuneRequest } from '../../contract/requests.ts'
import type { Handler } from '../dispatch.ts'
import { tuneParams } from '../params.ts'
import type { Session } from '../session.ts'

export const tuneHandler: Handler<TuneParams, TuneReply, Session> = {
  definition: TuneRequest,
  params: tuneParams,

  async run(session, { folder: uri, nQueries, workDoneToken }, signal) {
    const folder = session.folders.select(uri === undefined ? undefined : [uri]).find((each) => each.engineFolder)
    if (!folder?.engineFolder) throw indexMissing(uri ?? 'The workspace')
    const withdrawn = new AbortController()
    const either = AbortSignal.any([signal, withdrawn.signal])
    const reporter = await raceAbort(
      session.progress(workDoneToken, () => withdrawn.abort()),
      either,
    )
    reporter?.begin(`Lateral: measuring searches in ${folder.name}`, 0, undefined, workDoneToken === undefined)
    try {
      const report = await folder.engineFolder.tune({
        signal: either,
        ...(nQueries !== undefined && { nQueries }),
        onProgress: ({ nQueriesDone, nQueries }) =>
          reporter?.report(Math.floor((100 * nQueriesDone) / nQueries), `${nQueriesDone} of ${nQueries} questions`),
      })
      return { uri: folder.uri, name: folder.name, ...report }
    } finally {
      reporter?.done()
    }
  },
}
