import { parentPort } from 'node:worker_threads'
import { portChannel, serveRpc } from '../base/rpc.ts'
import { scanTexts, type TextScanAnswer, type TextScanParams } from './textScan.ts'

/** Entry of the thread that matches texts. */
export interface TextWorkerMethods {
  /** Answers once the thread has started. */
  ready(params: null): boolean
  scan(params: TextScanParams): TextScanAnswer
}

if (parentPort) {
  serveRpc<TextWorkerMethods>(portChannel(parentPort), {
    ready: () => true,
    scan: (params) => scanTexts(params, () => performance.now()),
  })
}
