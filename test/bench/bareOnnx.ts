import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readModelFolder } from '../../server/src/encode/modelFolder.ts'
import { createTextTokenizer } from '../../server/src/encode/tokenize.ts'
import { bundleEntry } from '../support/bundle.ts'
import type { BareResult, BareTask } from './bareOnnxProcess.ts'

/** How ONNX Runtime is used: so many processes, threads in each one's session, and texts a run. */
export interface BareSetup {
  processes: number
  threads: number
  batch: number
}

/** Processes that stand ready to run the same texts again and again. */
export interface BareRuns {
  /** Tokens a second, padding not counted: from the common start to the end of the last process. */
  run(): Promise<number>
  end(): void
}

/**
 * The ceiling that a build is measured against: ONNX Runtime alone on these texts, cut and marked as documents, tokenised
 * and made into tensors beforehand, sorted by length, dealt out evenly, warmed up. At a build's priority.
 */
export async function startBareOnnx(
  modelDirectory: string,
  texts: readonly string[],
  { processes, threads, batch }: BareSetup,
): Promise<BareRuns> {
  const folder = await readModelFolder(modelDirectory)
  const { config, onnxFile } = folder
  const tokenizer = createTextTokenizer(folder)
  const inputs = texts.map((text) => tokenizer.document(text).ids).sort((a, b) => b.length - a.length)
  const processFile = await bundleEntry('test/bench/bareOnnxProcess.ts')
  const children = dealOut(inBatches(inputs, batch), processes).map((batches) => {
    const child = fork(processFile, [], { serialization: 'advanced' })
    child.send({ onnxFile, batches, padId: config.padId, threads } satisfies BareTask)
    return child
  })
  await Promise.all(children.map((child) => once(child, 'message')))
  return {
    async run() {
      const startedMs = performance.now()
      const results = await Promise.all(
        children.map(async (child) => {
          child.send('go')
          const [result] = await once(child, 'message')
          return result as BareResult
        }),
      )
      const nTokens = results.reduce((sum, result) => sum + result.nTokens, 0)
      return (nTokens / (performance.now() - startedMs)) * 1000
    },
    end() {
      for (const child of children) child.kill('SIGKILL')
    },
  }
}

/** One such run. */
export async function bareOnnxTokensPerSecond(
  modelDirectory: string,
  texts: readonly string[],
  setup: BareSetup,
): Promise<number> {
  const bare = await startBareOnnx(modelDirectory, texts, setup)
  try {
    return await bare.run()
  } finally {
    bare.end()
  }
}

function inBatches(inputs: number[][], size: number): number[][][] {
  const batches: number[][][] = []
  for (let from = 0; from < inputs.length; from += size) batches.push(inputs.slice(from, from + size))
  return batches
}

/** There and back again, so that no process gets the longer one of every pair. */
function dealOut<T>(items: T[], nShares: number): T[][] {
  const shares = Array.from({ length: nShares }, (): T[] => [])
  items.forEach((item, i) => {
    const at = i % (2 * nShares)
    shares[at < nShares ? at : 2 * nShares - 1 - at]!.push(item)
  })
  return shares
}
