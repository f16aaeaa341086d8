/** Work in slices for a thread that has nothing else to do: `postpone` is called whenever there is. */
export function createIdleWork(slice: () => boolean): { postpone(): void } {
  let timer: NodeJS.Timeout | undefined
  const after = (ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => slice() && after(PAUSE_MS), ms)
    timer.unref()
  }
  return { postpone: () => after(IDLE_MS) }
}

/** Without a call for so long, the thread counts as idle. */
const IDLE_MS = 3000
/** Between slices, so that calls get in. */
const PAUSE_MS = 5
