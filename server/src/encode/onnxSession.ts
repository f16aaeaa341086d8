import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { modelInvalid, ortLoadFailed } from '../contract/errorCodes.ts'
import type { EncoderInput } from './tokenize.ts'

/** A loaded graph: ids in, one row of `dim` numbers for each id out. One thread; `run` blocks it. */
export interface OnnxSession {
  readonly dim: number
  /** Batch of one, so that a text's vectors never depend on other texts. `length === ids.length * dim`. */
  run(input: EncoderInput): Promise<Float32Array>
  dispose(): Promise<void>
}

/**
 * Loads `onnxFile` for the CPU and tries it with `probe`. Fails with E_ORT_LOAD where the native library is missing or
 * broken, and with E_MODEL_INVALID where the graph is not a ColBERT encoder: `input_ids`, `attention_mask` and perhaps
 * `token_type_ids` (int64, batch x length) to rows of length 1 (float32, batch x length x dim).
 */
export async function openOnnxSession(onnxFile: string, probe: EncoderInput): Promise<OnnxSession> {
  const ort = await loadRuntime()
  const invalid = (problem: string, cause?: unknown) => modelInvalid(onnxFile, problem, cause)
  let session: InferenceSession
  try {
    session = await ort.InferenceSession.create(onnxFile, SESSION_OPTIONS)
  } catch (error) {
    throw invalid(firstLine(error), error)
  }
  const missing = REQUIRED_INPUTS.find((name) => !session.inputNames.includes(name))
  if (missing) throw invalid(`its graph has no input "${missing}"`)
  const foreign = session.inputNames.find((name) => !KNOWN_INPUTS.includes(name))
  if (foreign) throw invalid(`its graph wants an input "${foreign}"`)
  const output = session.outputNames.includes('output') ? 'output' : session.outputNames[0]!
  const withTypes = session.inputNames.includes('token_type_ids')

  const run = async ({ ids, nAttended }: EncoderInput): Promise<Tensor> => {
    const tensor = (value: (i: number) => number) => {
      const words = new Int32Array(ids.length * 2)
      // Little-endian, as is every platform that ONNX Runtime is built for: low word first, high word 0.
      for (let i = 0; i < ids.length; i++) words[i * 2] = value(i)
      return new ort.Tensor('int64', new BigInt64Array(words.buffer), [1, ids.length])
    }
    const feeds: Record<string, Tensor> = {
      input_ids: tensor((i) => ids[i]!),
      attention_mask: tensor((i) => (i < nAttended ? 1 : 0)),
    }
    if (withTypes) feeds.token_type_ids = tensor(() => 0)
    try {
      return (await session.run(feeds))[output]!
    } catch (error) {
      throw invalid(firstLine(error), error)
    }
  }

  const first = await run(probe)
  const dim = first.dims[2] ?? 0
  const rows = (tensor: Tensor, length: number): Float32Array => {
    const { dims, data } = tensor
    if (!(data instanceof Float32Array) || dims.length !== 3 || dims[1] !== length || dims[2] !== dim || dim < 1)
      throw invalid(`its output is ${tensor.type} of shape ${dims.join(' x ')}, not float32 of 1 x ${length} x dim`)
    // A sum is finite only if all its terms are.
    let sum = 0
    for (let i = 0; i < data.length; i++) sum += data[i]!
    if (!Number.isFinite(sum)) throw invalid('its output holds values that are not numbers')
    return data
  }
  if (!isUnitLength(rows(first, probe.ids.length).subarray(0, dim))) throw invalid('its rows are not of length 1')

  return {
    dim,
    run: async (input) => rows(await run(input), input.ids.length),
    dispose: () => session.release(),
  }
}

async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  try {
    return (await import('onnxruntime-node')).default
  } catch (error) {
    throw ortLoadFailed(error)
  }
}

function isUnitLength(row: Float32Array): boolean {
  let squares = 0
  for (const value of row) squares += value * value
  return Math.abs(squares - 1) < 0.02
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!.trim()
}

const REQUIRED_INPUTS = ['input_ids', 'attention_mask']
const KNOWN_INPUTS = [...REQUIRED_INPUTS, 'token_type_ids']

/** One thread: as many processes as there are cores beat one session with as many threads (30k against 24k tokens/s). */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  executionMode: 'sequential',
  // What goes wrong is thrown as well; the runtime need not print it.
  logSeverityLevel: 4,
}
