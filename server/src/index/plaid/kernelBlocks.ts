import type { Kernel } from './kernel.ts'

/** Pieces of the kernel's memory that are given back together. */
export class KernelBlocks {
  readonly #blocks: { pointer: number; nBytes: number }[] = []

  constructor(private readonly kernel: Kernel) {}

  allocate(nBytes: number): number {
    const pointer = this.kernel.allocate(nBytes)
    this.#blocks.push({ pointer, nBytes })
    return pointer
  }

  free(): void {
    for (const { pointer, nBytes } of this.#blocks.splice(0)) this.kernel.free(pointer, nBytes)
  }
}
