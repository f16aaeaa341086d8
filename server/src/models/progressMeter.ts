import type { Clock } from '../base/clock.ts'
import type { DownloadProgress, DownloadStage } from './types.ts'

/**
 * Bytes, rate and time left over all files of a model. The rate is that of the last ten seconds; bytes that were here
 * already do not count towards it.
 */
export class ProgressMeter {
  #file = ''
  #earlierBytes = 0
  #fileBytes = 0
  #fileSizeBytes = 0
  readonly #samples: { atMs: number; doneBytes: number }[] = []

  constructor(
    private readonly totalBytes: number,
    private readonly clock: Clock,
    private readonly report: ((progress: DownloadProgress) => void) | undefined,
  ) {}

  startFile(name: string, sizeBytes: number): void {
    this.#earlierBytes += this.#fileSizeBytes
    this.#file = name
    this.#fileBytes = 0
    this.#fileSizeBytes = sizeBytes
    this.#samples.length = 0
  }

  bytes(fileBytes: number): void {
    this.#fileBytes = fileBytes
    const atMs = this.clock.now()
    const last = this.#samples.at(-1)
    if (last && fileBytes < last.doneBytes) this.#samples.length = 0
    if (!last || atMs - last.atMs >= SAMPLE_MS) this.#samples.push({ atMs, doneBytes: fileBytes })
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift()
    this.say('downloading')
  }

  say(stage: DownloadStage, problem?: string): void {
    const doneBytes = stage === 'checking' ? this.#earlierBytes + this.#fileSizeBytes : this.#done()
    const bytesPerSecond = stage === 'downloading' ? this.#rate() : 0
    this.report?.({
      stage,
      file: this.#file,
      doneBytes,
      totalBytes: this.totalBytes,
      bytesPerSecond,
      secondsLeft: bytesPerSecond > 0 ? (this.totalBytes - doneBytes) / bytesPerSecond : null,
      ...(problem !== undefined && { problem }),
    })
  }

  #done(): number {
    return this.#earlierBytes + this.#fileBytes
  }

  #rate(): number {
    const first = this.#samples[0]
    const seconds = first ? (this.clock.now() - first.atMs) / 1000 : 0
    return first && seconds >= 0.5 ? (this.#fileBytes - first.doneBytes) / seconds : 0
  }
}

const SAMPLE_MS = 500
const MAX_SAMPLES = 20
