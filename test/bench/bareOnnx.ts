import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readModelFolder } from '../../server/src/encode/modelFolder.ts'
import { createTextTokenizer } from '../../server/src/encode/tokenize.ts'
import { bundleEntry } from '../support/bundle.ts'
import type { BareResult, BareSlice, BareTask } from './bareOnnxProcess.ts'

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
 * and made into tensors beforehand, sorted by length, warmed up, at a build's priority. Each process takes the next slice
 * when it is done with one, the longest texts first: dealt out beforehand, a process on a processor that its host favours
 * would wait for the other at the end of each run.
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
  const batches = inBatches(inputs, batch)
  const children = Array.from({ length: processes }, () => {
    const child = fork(processFile, [], { serialization: 'advanced' })
    child.send({ onnxFile, batches, padId: config.padId, threads } satisfies BareTask)
    return child
  })
  await Promise.all(children.map((child) => once(child, 'message')))
  const sliceLength = Math.ceil(batches.length / (SLICES_A_PROCESS * processes))
  return {
    async run() {
      const slices: BareSlice[] = []
      for (let from = 0; from < batches.length; from += sliceLength) slices.push({ from, to: from + sliceLength })
      const startedMs = performance.now()
      const counts = await Promise.all(children.map((child) => runSlices(child, slices)))
      const nTokens = counts.reduce((sum, count) => sum + count, 0)
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

/** Takes from `slices` until none is left; gives the number of tokens. The next slice waits in the process. */
function runSlices(child: ChildProcess, slices: BareSlice[]): Promise<number> {
  return new Promise((resolve) => {
    let nOpen = 0
    let nTokens = 0
    const give = () => {
      for (; nOpen < SLICES_IN_FLIGHT && slices.length > 0; nOpen++) child.send(slices.shift()!)
      if (nOpen > 0) return
      child.off('message', take)
      resolve(nTokens)
    }
    const take = (result: BareResult) => {
      nOpen--
      nTokens += result.nTokens
      give()
    }
    child.on('message', take)
    give()
  })
}

const SLICES_A_PROCESS = 32
const SLICES_IN_FLIGHT = 2
