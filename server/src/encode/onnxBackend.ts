import path from 'node:path'
import type { InferenceSession, TensorConstructor } from 'onnxruntime-node'
import type { Settings } from '../contract/settings.schema.ts'
import { externalWeights } from './modelFolder.ts'
import { loadOnnxRuntime } from './onnxRuntime.ts'

/** What multiplies the matrices: an execution provider of native ONNX Runtime, or its build in WebAssembly. */
export type Accelerator = Settings['model.accelerator']

/** One way of running graphs on this machine. */
export interface OnnxBackend {
  Tensor: TensorConstructor
  /** One thread; `run` blocks it. Rejects with ONNX Runtime's own message. */
  create(onnxFile: string): Promise<InferenceSession>
}

/** Native ONNX Runtime. Rejects with the loader's error where its library is missing or does not fit the system. */
export async function nativeBackend(accelerator: Exclude<Accelerator, 'wasm'>): Promise<OnnxBackend> {
  const ort = await loadOnnxRuntime()
  return {
    Tensor: ort.Tensor,
    create(onnxFile) {
      // What a provider cannot do, ONNX Runtime does on the CPU by itself.
      const executionProviders = [PROVIDERS[accelerator]]
      return ort.InferenceSession.create(onnxFile, { ...SESSION_OPTIONS, executionProviders })
    },
  }
}

/**
 * ONNX Runtime in WebAssembly: on every platform, at a sixth of the speed (5.6k tokens/s of the built-in model where
 * native code does 33k). Loading takes 0.4 s more. Its vectors are equal to those of native code but for rounding.
 */
export async function wasmBackend(): Promise<OnnxBackend> {
  const ort = (await import('onnxruntime-web')).default
  ort.env.wasm.numThreads = 1
  return {
    Tensor: ort.Tensor,
    async create(onnxFile) {
      // It sees no files but those that it is given.
      const files = await externalWeights(onnxFile)
      const externalData = files.map((file) => ({ path: path.basename(file), data: file }))
      return ort.InferenceSession.create(onnxFile, { ...SESSION_OPTIONS, executionProviders: ['wasm'], externalData })
    },
  }
}

/** One thread: as many processes as there are cores beat one session with as many threads (30k against 24k tokens/s). */
export const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  executionMode: 'sequential',
  // What goes wrong is thrown as well; the runtime need not print it.
  logSeverityLevel: 4,
  // The fused sum and norm of ONNX Runtime 1.30 takes three times as long as the two by themselves: without it a run of
  // the built-in model takes 15 to 18 % less, and its numbers are equal within 1e-7.
  extra: { optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' } },
}

/** ONNX Runtime's names. */
const PROVIDERS = { cpu: 'cpu', cuda: 'cuda', coreml: 'coreml', directml: 'dml' } as const
