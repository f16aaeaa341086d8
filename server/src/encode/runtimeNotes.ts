import type { Accelerator } from './onnxBackend.ts'

/** For the status: why models run on WebAssembly, and what would change that. `error` is what loading native code met. */
export function wasmNote(error: unknown, machine: Machine = thisMachine()): string {
  const [why, advice] = explain(error, machine)
  return `Models run on the slower WebAssembly runtime because ${why}. ${advice}`
}

/** For the status: why models run on the CPU although another accelerator is set, and what would change that. */
export function cpuNote(wanted: Exclude<Accelerator, 'cpu' | 'wasm'>, error: unknown): string {
  const { name, advice } = ACCELERATORS[wanted]
  // What the runtime said, not that the model cannot be used: on the CPU it can.
  const reason = error instanceof Error && error.cause !== undefined ? error.cause : error
  return `Models run on the CPU because ${name} does not work here (${firstLine(reason)}). ${advice}`
}

/** Joined, where more than one thing was tried in vain. */
export const unusedNote = (wanted: Exclude<Accelerator, 'cpu' | 'wasm'>): string =>
  `The setting "model.accelerator" (${wanted}) has no effect until then.`

export interface Machine {
  platform: string
  arch: string
  /** Linux with another C library than glibc, such as Alpine's. */
  isMusl: boolean
}

function thisMachine(): Machine {
  const { platform, arch } = process
  return { platform, arch, isMusl: platform === 'linux' && !glibcVersion() }
}

function explain(error: unknown, { platform, arch, isMusl }: Machine): [why: string, advice: string] {
  const { code, message = String(error) } = error as NodeJS.ErrnoException
  const system = `${platform}-${arch}`
  if (isMusl)
    return ['ONNX Runtime is made for glibc, which this Linux lacks', 'A system with glibc (Debian, Fedora) is faster.']
  const glibc = message.match(/GLIBC(?:XX)?_[\d.]+/)?.[0]
  if (glibc)
    return [`ONNX Runtime needs ${glibc}, and the C library of this system is older`, 'A newer system is faster.']
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND')
    return NATIVE.has(system)
      ? [
          `ONNX Runtime's native library for ${system} is not installed`,
          `Install the package of Lateral for ${system}.`,
        ]
      : [`ONNX Runtime has no native library for ${system}`, 'It works, only slower.']
  const missing = message.match(/(\S+): cannot open shared object file|library not loaded: (\S+)/i)
  const library = missing?.[1] ?? missing?.[2]
  if (library) return [`the library ${library} is missing`, 'Install it, or install Lateral again.']
  if (platform === 'win32')
    return [firstLine(error), 'Install the Visual C++ Redistributable of Microsoft, or install Lateral again.']
  return [`ONNX Runtime's native library cannot be loaded (${firstLine(error)})`, 'Install Lateral again.']
}

function glibcVersion(): string | undefined {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return header?.glibcVersionRuntime
}

function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1)
  return line.trim().replace(/[.\s]+$/, '')
}

/** What native ONNX Runtime is made for. */
const NATIVE: ReadonlySet<string> = new Set(['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'])

const ACCELERATORS = {
  cuda: {
    name: 'CUDA',
    advice:
      'It needs an NVIDIA GPU, CUDA, cuDNN, and ONNX Runtime\'s own CUDA libraries beside its native library; or set "model.accelerator" to cpu.',
  },
  coreml: { name: 'Core ML', advice: 'It needs macOS; or set "model.accelerator" to cpu.' },
  directml: { name: 'DirectML', advice: 'It needs Windows and a GPU; or set "model.accelerator" to cpu.' },
} satisfies Record<Exclude<Accelerator, 'cpu' | 'wasm'>, { name: string; advice: string }>
