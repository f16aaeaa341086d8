import {
  IndexBuildRequest,
  type IndexControlParams,
  IndexPauseRequest,
  IndexRebuildRequest,
  IndexResumeRequest,
  IndexStopRequest,
  type RequestDefinition,
} from '../../contract/requests.ts'
import type { Handler } from '../dispatch.ts'
import { indexControlParams } from '../params.ts'
import type { Session } from '../session.ts'
import type { WorkspaceFolder } from '../workspaceFolder.ts'

type IndexControl = Handler<IndexControlParams, null, Session>

/** A request that does one thing to the chosen folders and answers once it is under way. */
function control(
  definition: RequestDefinition<IndexControlParams, null>,
  act: (folder: WorkspaceFolder) => void | Promise<void>,
): IndexControl {
  return {
    definition,
    params: indexControlParams,
    async run(session, { folder }) {
      await Promise.all(session.folders.select(folder === undefined ? undefined : [folder]).map(act))
      return null
    },
  }
}

export const indexControlHandlers: IndexControl[] = [
  control(IndexBuildRequest, (folder) => folder.build()),
  control(IndexPauseRequest, (folder) => folder.pause()),
  control(IndexResumeRequest, (folder) => folder.resume()),
  control(IndexStopRequest, (folder) => folder.stop()),
  control(IndexRebuildRequest, (folder) => folder.rebuild()),
]
