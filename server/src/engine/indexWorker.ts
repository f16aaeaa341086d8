import { parentPort, workerData } from 'node:worker_threads'
import { createLog, type LogLevel } from '../base/log.ts'
import { portChannel, serveRpc } from '../base/rpc.ts'
import { createIdleWork } from './idleWork.ts'
import { IndexSession } from './indexSession.ts'
import type { SessionMethods } from './sessionProtocol.ts'

/** Entry of the index thread: one session, served over the thread's port. Log lines go to the parent as messages. */
export interface IndexWorkerData {
  logLevel: LogLevel
}

if (parentPort) {
  const port = parentPort
  const { logLevel } = workerData as IndexWorkerData
  const log = createLog(logLevel, (level, message) => port.postMessage({ type: 'log', level, message }))
  const session = new IndexSession(log)
  serveRpc<SessionMethods>(portChannel(port), session)
  const idle = createIdleWork(() => session.idle())
  port.on('message', () => idle.postpone())
}
