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

/**
 * The ceiling that a build is measured against: tokens a second (padding not counted) of ONNX Runtime alone on these
 * texts, cut and marked as documents, tokenised beforehand, sorted by length, dealt out evenly. Loading and warming up
 * are not counted; the clock runs from the common start to the end of the last process. At a build's priority.
 */
export async function bareOnnxTokensPerSecond(
  modelDirectory: string,
  texts: readonly string[],
  { processes, threads, batch }: BareSetup,
): Promise<number> {
  const folder = await readModelFolder(modelDirectory)
  const tokenizer = createTextTokenizer(folder)
  const inputs = texts.map((text) => tokenizer.document(text).ids).sort((a, b) => b.length - a.length)
  const shares = dealOut(inBatches(inputs, batch), processes)
  const processFile = await bundleEntry('test/bench/bareOnnxProcess.ts')
  const children = shares.map(() => fork(processFile, [], { serialization: 'advanced' }))
  try {
    await Promise.all(
      children.map(async (child, own) => {
        const { padId } = folder.config
        const task: BareTask = { onnxFile: folder.onnxFile, batches: shares[own]!, padId, threads }
        child.send(task)
        await once(child, 'message')
      }),
    )
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
  } finally {
    for (const child of children) child.kill('SIGKILL')
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
