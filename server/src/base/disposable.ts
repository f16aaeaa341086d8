export interface Disposable {
  dispose(): void
}

/** Owns disposables and disposes them once, last added first. Adding after disposal disposes at once. */
export class DisposableStore implements Disposable {
  #items: Disposable[] = []
  #disposed = false

  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose()
    else this.#items.push(item)
    return item
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    for (const item of this.#items.reverse()) item.dispose()
    this.#items = []
  }
}

export function toDisposable(dispose: () => void): Disposable {
  return { dispose }
}
