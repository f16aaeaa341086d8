import type { BuildProgress } from '../engine/types.ts'
import { formatCount, formatSeconds } from './format.ts'
import type { CliIo } from './io.ts'

export interface ProgressLine<Progress> {
  update(progress: Progress): void
  /** Clears the line, so that results start on a clean one. */
  end(): void
}

/**
 * In a terminal one line that is rewritten at most ten times a second; elsewhere a line every few seconds. Both wait
 * a little before the first, so that a quick update says nothing.
 */
export function createProgressLine<Progress>(
  io: Pick<CliIo, 'err' | 'rewrite' | 'canRewrite' | 'now'>,
  textOf: (progress: Progress) => string,
): ProgressLine<Progress> {
  const { canRewrite } = io
  const quietMs = canRewrite ? TERMINAL_QUIET_MS : PLAIN_QUIET_MS
  const startedAt = io.now()
  let lastAt = Number.NEGATIVE_INFINITY
  let shown = false
  return {
    update(progress) {
      const now = io.now()
      if (now - startedAt < quietMs) return
      if (now - lastAt < (canRewrite ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS)) return
      lastAt = now
      const text = textOf(progress)
      if (canRewrite) io.rewrite(text)
      else io.err(text)
      shown = canRewrite
    },
    end() {
      if (shown) io.rewrite()
      shown = false
    },
  }
}

export function buildProgressText(progress: BuildProgress): string {
  if (progress.phase === 'scanning') return `Looking for files: ${formatCount(progress.nFiles)} found`
  if (progress.phase === 'upkeep') {
    return `Fitting the index to what it has grown to: ${Math.round(100 * (progress.upkeepShare ?? 0))} %`
  }
  if (progress.phase === 'recutting') {
    return `Reading files by the rules of this version: ${ratio(progress.nFilesDone, progress.nFiles)}`
  }
  const units = `${ratio(progress.nUnitsDone, progress.nUnits)} units`
  const parts =
    progress.phase === 'upgrading'
      ? [`Upgrading to other models: ${units}`]
      : [`Indexing: ${ratio(progress.nFilesDone, progress.nFiles)} files`, units]
  if (progress.tokensPerSecond > 0) parts.push(`${formatCount(progress.tokensPerSecond)} tokens/s`)
  const secondsLeft = Math.ceil(progress.etaSeconds ?? 0)
  if (secondsLeft > 0) parts.push(`${formatSeconds(secondsLeft)} left`)
  return parts.join(', ')
}

const ratio = (done: number, total: number) => `${formatCount(done)}/${formatCount(total)}`

const PLAIN_QUIET_MS = 2000
const TERMINAL_QUIET_MS = 400
const PLAIN_INTERVAL_MS = 5000
const TERMINAL_INTERVAL_MS = 100
