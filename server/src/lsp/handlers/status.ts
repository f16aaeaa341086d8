import { type StatusReply, StatusRequest } from '../../contract/requests.ts'
import type { Handler } from '../dispatch.ts'
import { noParams } from '../params.ts'
import type { Session } from '../session.ts'

export const statusHandler: Handler<Record<string, never>, StatusReply, Session> = {
  definition: StatusRequest,
  params: noParams,

  async run(session) {
    return { folders: await Promise.all(session.folders.all().map((folder) => folder.status())) }
  },
}
