import { raceAbort } from '../base/cancel.ts'

/** Lets work pass while open; holds it while closed. */
export class PauseGate {
  #closed: { promise: Promise<void>; open: () => void } | undefined

  close(): void {
    if (this.#closed) return
    let open = () => {}
    const promise = new Promise<void>((resolve) => {
      open = resolve
    })
    this.#closed = { promise, open }
  }

  open(): void {
    this.#closed?.open()
    this.#closed = undefined
  }

  /** Resolves once the gate is open; rejects with `CancelledError` on abort. */
  async pass(signal: AbortSignal): Promise<void> {
    if (this.#closed) await raceAbort(this.#closed.promise, signal)
  }
}
