import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readModelFolder } from '../../server/src/encode/modelFolder.ts'
import { createTextTokenizer } from '../../server/src/encode/tokenize.ts'
import { bundleEntry } from '../support/bundle.ts'
import type { BareResult, BareTask } from './bareOnnxProcess.ts'

/**
 * The ceiling that a build is measured against: tokens a second of ONNX Runtime alone on these texts, cut and marked
 * as documents, tokenised beforehand, at batch 1 in `nProcesses` one-thread processes. Loading and warming up are not
 * counted; the clock runs from the common start to the end of the last process.
 */
export async function bareOnnxTokensPerSecond(
  modelDirectory: string,
  texts: string[],
  nProcesses: number,
): Promise<number> {
  const folder = await readModelFolder(modelDirectory)
  const tokenizer = createTextTokenizer(folder)
  const inputs = texts.map((text) => tokenizer.document(text).ids)
  const processFile = await bundleEntry('test/bench/bareOnnxProcess.ts')
  const children = Array.from({ length: nProcesses }, () => fork(processFile, [], { serialization: 'advanced' }))
  try {
    await Promise.all(
      children.map(async (child, own) => {
        const task: BareTask = { onnxFile: folder.onnxFile, inputs: inputs.filter((_, i) => i % nProcesses === own) }
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
