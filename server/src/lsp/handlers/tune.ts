import { indexMissing } from '../../contract/errorCodes.ts'
import { type TuneParams, type TuneReply, TuneRequest } from '../../contract/requests.ts'
import type { Handler } from '../dispatch.ts'
import { tuneParams } from '../params.ts'
import type { Session } from '../session.ts'
import { withWorkDone } from '../workDone.ts'

export const tuneHandler: Handler<TuneParams, TuneReply, Session> = {
  definition: TuneRequest,
  params: tuneParams,

  async run(session, { folder: uri, nQueries, workDoneToken }, signal) {
    const folder = session.folders.select(uri === undefined ? undefined : [uri]).find((each) => each.engineFolder)
    if (!folder?.engineFolder) throw indexMissing(uri ?? 'The workspace')
    const { engineFolder } = folder
    const title = `measuring searches in ${folder.name}`
    const report = await withWorkDone(session, { title, workDoneToken, signal }, (either, reporter) =>
      engineFolder.tune({
        signal: either,
        ...(nQueries !== undefined && { nQueries }),
        onProgress: ({ nQueriesDone, nQueries }) =>
          reporter?.report(Math.floor((100 * nQueriesDone) / nQueries), `${nQueriesDone} of ${nQueries} questions`),
      }),
    )
    return { uri: folder.uri, name: folder.name, ...report }
  },
}
