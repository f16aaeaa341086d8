import { Worker } from 'node:worker_threads'
import type { Log, LogLevel } from '../base/log.ts'
import { connectRpc, type RpcClient, workerChannel } from '../base/rpc.ts'
import type { IndexWorkerData } from './indexWorker.ts'
import type { SessionMethods } from './sessionProtocol.ts'

export interface IndexThread {
  calls: RpcClient<SessionMethods>
  end(): Promise<void>
}

/** Starts a thread for one folder's index (`indexWorker.ts`). Its log lines go to `log`. */
export function startIndexThread(workerFile: string, log: Log): IndexThread {
  const workerData: IndexWorkerData = { logLevel: 'trace' }
  const worker = new Worker(workerFile, { workerData, name: 'lateral-index' })
  worker.on('message', (message: { type: string; level: Exclude<LogLevel, 'off'>; message: string }) => {
    if (message.type === 'log') log[message.level](message.message)
  })
  return {
    calls: connectRpc<SessionMethods>(
      workerChannel(worker),
      (reason) => new Error(`The index thread ended: ${reason}`),
    ),
    end: async () => {
      await worker.terminate()
    },
  }
}
