import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createTwinFunctions } from './kernelTwin.ts'

/** How the inner products of 4-bit codes are laid out; it decides how a query is quantised (`queryLayout.ts`). */
export type KernelKind = 'relaxed' | 'simd' | 'twin'

/**
 * The scoring functions over one linear memory. Pointers are byte offsets. What each computes stands in
 * `server/kernel`; the twin in plain TypeScript computes the same.
 */
export interface KernelFunctions {
  assign(
    rows: number,
    n: number,
    dim: number,
    centres: number,
    nGroups: number,
    nProbes: number,
    centroids: number,
    offsets: number,
    scratch: number,
    codes: number,
  ): void
  sumRows(rows: number, n: number, dim: number, codes: number, sums: number): void
  quantise(
    rows: number,
    n: number,
    dim: number,
    centroids: number,
    codes: number,
    buckets: number,
    weights: number,
    residuals: number,
    norms: number,
    scores: number,
  ): void
  approximate(units: number, n: number, docTable: number, wideCodes: number, rows: number, out: number): void
  fine(
    units: number,
    n: number,
    docTable: number,
    wideCodes: number,
    dim: number,
    scores: number,
    qT: number,
    nBlocks: number,
    table: number,
    scale: number,
    offsets: number,
    norms: number,
    scratch: number,
    out: number,
  ): void
  refine(
    units: number,
    n: number,
    docTable: number,
    wideCodes: number,
    dim: number,
    rows: number,
    queries: number,
    nQuery: number,
    table: number,
    scale: number,
    offsets: number,
    norms: number,
    scratch: number,
    out: number,
  ): void
  scoreRows(scores: number, n: number, stride: number, rows: number): void
  dotBlocks(
    rows: number,
    n: number,
    dim: number,
    xT: number,
    nBlocks: number,
    scale: number,
    offsets: number,
    scratch: number,
    out: number,
  ): void
  probe(
    scores: number,
    nRows: number,
    nBlocks: number,
    nQuery: number,
    n: number,
    thresholds: number,
    heap: number,
    marked: number,
  ): void
}

/**
 * Memory and functions together. Views are made afresh by each accessor because growing the memory detaches old ones:
 * never keep one across an `allocate`.
 */
export class Kernel {
  /** Freed blocks by size, for reuse. */
  readonly #free = new Map<number, number[]>()
  #top = ALIGNMENT

  constructor(
    readonly kind: KernelKind,
    readonly memory: WebAssembly.Memory,
    readonly call: KernelFunctions,
    /** For other threads that work on the same memory; none of the twin. */
    readonly module?: WebAssembly.Module,
  ) {}

  /** Bytes handed out and not freed, freed blocks included: what the memory has grown to. */
  get sizeBytes(): number {
    return this.memory.buffer.byteLength
  }

  /** A block aligned to a cache line, its content undefined. Throws `RangeError` past 4 GiB. */
  allocate(nBytes: number): number {
    const size = roundUp(Math.max(nBytes, ALIGNMENT))
    const reused = this.#free.get(size)?.pop()
    if (reused !== undefined) return reused
    const at = this.#top
    const end = at + size
    if (end > this.memory.buffer.byteLength) {
      const wanted = Math.ceil((end - this.memory.buffer.byteLength) / PAGE_BYTES)
      const left = MAX_PAGES - this.memory.buffer.byteLength / PAGE_BYTES
      this.memory.grow(Math.max(wanted, Math.min(GROW_PAGES, left)))
    }
    this.#top = end
    return at
  }

  /** Gives a block back; `nBytes` as it was asked for. */
  free(pointer: number, nBytes: number): void {
    const size = roundUp(Math.max(nBytes, ALIGNMENT))
    const blocks = this.#free.get(size)
    if (blocks) blocks.push(pointer)
    else this.#free.set(size, [pointer])
  }

  u8 = (pointer: number, n: number) => new Uint8Array(this.memory.buffer, pointer, n)
  i8 = (pointer: number, n: number) => new Int8Array(this.memory.buffer, pointer, n)
  u16 = (pointer: number, n: number) => new Uint16Array(this.memory.buffer, pointer, n)
  i16 = (pointer: number, n: number) => new Int16Array(this.memory.buffer, pointer, n)
  u32 = (pointer: number, n: number) => new Uint32Array(this.memory.buffer, pointer, n)
  i32 = (pointer: number, n: number) => new Int32Array(this.memory.buffer, pointer, n)
  f32 = (pointer: number, n: number) => new Float32Array(this.memory.buffer, pointer, n)
}

/**
 * The fastest kernel this runtime can run: relaxed SIMD, then plain SIMD, then the TypeScript twin.
 * `directory` holds `kernel.wasm` and `kernel-relaxed.wasm`. Throws only where `only` asks for one that cannot run.
 */
export function loadKernel(directory: string, only?: KernelKind): Kernel {
  for (const kind of only ? [only] : (['relaxed', 'simd'] as const)) {
    if (kind === 'twin') break
    const file = path.join(directory, kind === 'relaxed' ? 'kernel-relaxed.wasm' : 'kernel.wasm')
    try {
      const memory = newMemory()
      const module = new WebAssembly.Module(readFileSync(file))
      const instance = new WebAssembly.Instance(module, { env: { memory } })
      return new Kernel(kind, memory, instance.exports as unknown as KernelFunctions, module)
    } catch (error) {
      if (only) throw error
    }
  }
  const memory = newMemory()
  return new Kernel('twin', memory, createTwinFunctions(memory))
}

const newMemory = () => new WebAssembly.Memory({ initial: 16, maximum: MAX_PAGES, shared: true })
const roundUp = (nBytes: number) => Math.ceil(nBytes / ALIGNMENT) * ALIGNMENT

const PAGE_BYTES = 65536
const MAX_PAGES = 65536
/** 8 MiB a step: growing page by page costs more than the pages. */
const GROW_PAGES = 128
/** A cache line: a token of 128 dimensions then lies in one. */
const ALIGNMENT = 64
