import { isMainThread } from 'node:worker_threads'

/**
 * Native ONNX Runtime with its telemetry off, and the only door to it. Its official builds (1.30) would look up a server
 * of their maker's, talk to it and write to the user's cache some ten seconds after they were loaded. The library looks
 * at the process's real environment when it is loaded, and has no call for it, so the switch is set before. Rejects with
 * the loader's error where the library is missing or does not fit the system.
 */
export async function loadOnnxRuntime(): Promise<typeof import('onnxruntime-node')> {
  // A worker's `process.env` is a copy: what is set there never reaches the library.
  if (!isMainThread && process.env[TELEMETRY_SWITCH] !== '1') {
    throw new Error(`ONNX Runtime is loaded in the main thread, or with ${TELEMETRY_SWITCH}=1 in the environment.`)
  }
  Object.assign(process.env, WITHOUT_TELEMETRY)
  return (await import('onnxruntime-node')).default
}

const TELEMETRY_SWITCH = 'ORT_DISABLE_TELEMETRY'

/** For the environment of processes that are going to load the library. */
export const WITHOUT_TELEMETRY: Readonly<Record<string, string>> = { [TELEMETRY_SWITCH]: '1' }
