import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { modelInvalid, ortLoadFailed } from '../contract/errorCodes.ts'
import type { EncoderRuntime } from './encoder.ts'
import { type Accelerator, nativeBackend, type OnnxBackend, wasmBackend } from './onnxBackend.ts'
import { cpuNote, unusedNote, wasmNote } from './runtimeNotes.ts'
import type { EncoderInput } from './tokenize.ts'

/** A loaded graph: ids in, one row of `dim` numbers for each id out. One thread; `run` blocks it. */
export interface OnnxSession {
  readonly dim: number
  /** Changes where an accelerator fails later on. */
  readonly runtime: EncoderRuntime
  /** Batch of one, so that a text's vectors never depend on other texts. `length === ids.length * dim`. */
  run(input: EncoderInput): Promise<Float32Array>
  dispose(): Promise<void>
}

/** What a graph is tried with. */
export interface Probe {
  input: EncoderInput
  /** The largest id that a text can have. */
  largestId: number
  expectedDim: number | undefined
}

/**
 * Loads `onnxFile` for `accelerator` and tries it with `probe`. An accelerator that fails is replaced by the CPU, and
 * native code that cannot be loaded by WebAssembly; `runtime.note` then says why. Fails with E_ORT_LOAD where neither
 * can be had, and with E_MODEL_INVALID where the graph is not a ColBERT encoder: `input_ids`, `attention_mask` and
 * perhaps `token_type_ids` (int64, batch x length) to rows of length 1 (float32, batch x length x dim).
 */
export async function openOnnxSession(
  onnxFile: string,
  probe: Probe,
  accelerator: Accelerator = 'cpu',
): Promise<OnnxSession> {
  const open = async (backend: OnnxBackend, runtime: EncoderRuntime): Promise<OnnxSession> => ({
    ...(await openGraph(backend, onnxFile, probe)),
    runtime,
  })
  const isNative = accelerator !== 'cpu' && accelerator !== 'wasm'
  let cause: unknown
  if (accelerator !== 'wasm') {
    const cpu = await nativeBackend('cpu').catch((error) => {
      cause = error
      return undefined
    })
    if (cpu && !isNative) return open(cpu, { accelerator })
    if (cpu && isNative) {
      try {
        const fast = await open(await nativeBackend(accelerator), { accelerator })
        return withFallback(fast, (error) => open(cpu, { accelerator: 'cpu', note: cpuNote(accelerator, error) }))
      } catch (error) {
        // A model that is bad in itself fails on the CPU too, and that is what is told.
        return open(cpu, { accelerator: 'cpu', note: cpuNote(accelerator, error) })
      }
    }
  }
  const wasm = await wasmBackend().catch((error) => {
    throw ortLoadFailed(cause ?? error)
  })
  if (cause === undefined) return open(wasm, { accelerator: 'wasm' })
  const note = [wasmNote(cause), ...(isNative ? [unusedNote(accelerator)] : [])].join(' ')
  return open(wasm, { accelerator: 'wasm', note })
}

/** `fast` until a run fails that does not fail on the CPU, such as for want of a GPU's memory; from then on the CPU. */
function withFallback(fast: OnnxSession, openCpu: (error: unknown) => Promise<OnnxSession>): OnnxSession {
  let current = fast
  let replacement: Promise<OnnxSession> | undefined
  return {
    dim: fast.dim,
    get runtime() {
      return current.runtime
    },
    async run(input) {
      const used = current
      try {
        return await used.run(input)
      } catch (error) {
        if (used !== fast) throw error
        replacement ??= openCpu(error)
        const cpu = await replacement
        const rows = await cpu.run(input)
        if (current === fast) {
          current = cpu
          await fast.dispose().catch(() => {})
        }
        return rows
      }
    },
    async dispose() {
      await current.dispose()
      // One that was opened for an input that it could not run either.
      if (replacement && current === fast) await (await replacement).dispose()
    },
  }
}

async function openGraph(ort: OnnxBackend, onnxFile: string, probe: Probe): Promise<Omit<OnnxSession, 'runtime'>> {
  const invalid = (problem: string, cause?: unknown) => modelInvalid(onnxFile, problem, cause)
  let session: InferenceSession
  try {
    session = await ort.create(onnxFile)
  } catch (error) {
    throw invalid(firstLine(error), error)
  }
  try {
    return await usedGraph(ort, session, onnxFile, probe)
  } catch (error) {
    // Another way of running it may be tried next, and this one may hold the memory of a GPU.
    await session.release().catch(() => {})
    throw error
  }
}

async function usedGraph(
  ort: OnnxBackend,
  session: InferenceSession,
  onnxFile: string,
  probe: Probe,
): Promise<Omit<OnnxSession, 'runtime'>> {
  const invalid = (problem: string, cause?: unknown) => modelInvalid(onnxFile, problem, cause)
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
      const hint = ids.length > nTried ? '. If its positions end before, lower document_length in onnx_config.json' : ''
      throw invalid(`it fails on ${ids.length} tokens: ${firstLine(error)}${hint}`, error)
    }
  }

  const { input, largestId, expectedDim } = probe
  let nTried = input.ids.length
  const first = await run(input)
  const dim = first.dims[2] ?? 0
  const rows = (tensor: Tensor, length: number): Float32Array => {
    const { dims, data } = tensor
    if (!(data instanceof Float32Array) || dims.length !== 3 || dims[1] !== length || dims[2] !== dim || dim < 1)
      throw invalid(`its output is ${tensor.type} of shape ${dims.join(' x ')}, not float32 of 1 x ${length} x dim`)
    const problem = rowProblem(data, dim)
    if (problem) throw invalid(problem)
    return data
  }
  rows(first, input.ids.length)
  if (expectedDim !== undefined && expectedDim !== dim)
    throw invalid(`its rows have width ${dim}, where embedding_dim in onnx_config.json is ${expectedDim}`)
  await run({ ...input, ids: input.ids.with(-1, largestId) }).catch((error) => {
    throw invalid(`it has no token ${largestId}, which tokenizer.json and onnx_config.json can give`, error)
  })

  return {
    dim,
    run: async (input) => {
      const found = rows(await run(input), input.ids.length)
      nTried = Math.max(nTried, input.ids.length)
      return found
    },
    dispose: () => session.release(),
  }
}

/** What keeps rows from being compared by their dot products, if anything. */
function rowProblem(data: Float32Array, dim: number): string | undefined {
  for (let from = 0; from < data.length; from += dim) {
    let squares = 0
    for (let i = from; i < from + dim; i++) squares += data[i]! * data[i]!
    if (!Number.isFinite(squares)) return 'its output holds values that are not numbers'
    if (Math.abs(squares - 1) > MAX_ERROR) return 'its rows are not of length 1'
  }
  return undefined
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!.trim()
}

/** Of the square of a row's length. */
const MAX_ERROR = 0.02
const REQUIRED_INPUTS = ['input_ids', 'attention_mask']
const KNOWN_INPUTS = [...REQUIRED_INPUTS, 'token_type_ids']
