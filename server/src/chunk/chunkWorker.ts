import { parentPort, workerData } from 'node:worker_threads'
import { portChannel, serveRpc } from '../base/rpc.ts'
import type { ChunkedFile } from '../contract/units.ts'
import { createChunker } from './chunker.ts'

/** Given to the worker when it starts. */
export interface ChunkWorkerData {
  grammarsDirectory: string
  maxFileSizeBytes?: number
}

/** What the worker answers. */
export interface ChunkWorkerMethods {
  chunkFile(params: { path: string; bytes: Uint8Array }): Promise<ChunkedFile>
}

/** Entry point of the worker thread that parses. */
if (parentPort) {
  const chunker = createChunker({
    ...(workerData as ChunkWorkerData),
    // A parser that failed from inside may have damaged the memory that all grammars share: start afresh.
    onParserFailure: (error) => {
      if (error instanceof Error && FATAL.has(error.name)) process.exit(PARSER_FAILED)
    },
  })
  serveRpc<ChunkWorkerMethods>(portChannel(parentPort), {
    chunkFile: async ({ path, bytes }) => (await chunker).chunkFile(path, bytes),
  })
}

const PARSER_FAILED = 70

/** Traps of the runtime, and memory or stack that ran out. */
const FATAL = new Set(['RuntimeError', 'RangeError'])
