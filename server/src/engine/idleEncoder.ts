import { raceAbort } from '../base/cancel.ts'
import type { Clock } from '../base/clock.ts'
import { CancelledError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { modelInvalid } from '../contract/errorCodes.ts'
import type { EncodeOptions, Encoder, EncoderModel, EncoderRuntime } from '../encode/encoder.ts'

export interface IdleEncoderOptions {
  /** Starts the encoder proper; called again whenever it is wanted after a pause. */
  start(): Promise<Encoder>
  /** Time without a call after which its memory is given back. */
  idleMs: number
  clock: Clock
  log: Log
  /** For messages. */
  modelDirectory: string
  /** Where it is known already, nothing is started before the first call. */
  model?: EncoderModel
}

/**
 * An encoder that is there while it is used: it ends after `idleMs` without a call and is started again by the next,
 * which waits for that. Fails as `start` does; calls also with E_MODEL_INVALID where the model has become another one.
 */
export async function createIdleEncoder(options: IdleEncoderOptions): Promise<Encoder> {
  const sleeper = new Sleeper(options)
  const model = options.model ?? (await sleeper.use(async (encoder) => encoder.model))
  sleeper.expect(model)
  return {
    model,
    get runtime() {
      return sleeper.runtime
    },
    encodeQuery: (text, given) => sleeper.use((encoder) => encoder.encodeQuery(text, given), given),
    encodeDocuments: (texts, given) => sleeper.use((encoder) => encoder.encodeDocuments(texts, given), given),
    expectDocuments(nTexts) {
      sleeper
        .use(async (encoder) => encoder.expectDocuments?.(nTexts))
        .catch((error) => options.log.debug(String(error)))
    },
    dispose: () => sleeper.dispose(),
  }
}

/** The life of the encoder proper: started with the first use, ended once there was none for a while. */
class Sleeper {
  #encoder: Promise<Encoder> | undefined
  #nUses = 0
  #lastUseMs = 0
  #model: EncoderModel | undefined
  #started: Encoder | undefined
  readonly #disposed = new AbortController()

  constructor(private readonly options: IdleEncoderOptions) {}

  /** Of the last start. */
  get runtime(): EncoderRuntime | undefined {
    return this.#started?.runtime
  }

  expect(model: EncoderModel): void {
    this.#model = model
  }

  async use<T>(work: (encoder: Encoder) => Promise<T>, { signal }: EncodeOptions = {}): Promise<T> {
    if (this.#disposed.signal.aborted) throw new CancelledError()
    this.#nUses++
    try {
      this.#encoder ??= this.#start()
      return await work(await raceAbort(this.#encoder, signal))
    } finally {
      this.#nUses--
      this.#lastUseMs = this.options.clock.now()
    }
  }

  async dispose(): Promise<void> {
    this.#disposed.abort()
    await this.#end()
  }

  #start(): Promise<Encoder> {
    const starting = this.#checked()
    starting.then(
      () => this.#watch(starting),
      () => {
        // The next call may find the model mended.
        if (this.#encoder === starting) this.#encoder = undefined
      },
    )
    return starting
  }

  async #checked(): Promise<Encoder> {
    const { start, modelDirectory } = this.options
    const encoder = await start()
    this.#started = encoder
    // Vectors of two models in one store would compare as if they were of one.
    if (this.#model === undefined || encoder.model.fingerprint === this.#model.fingerprint) return encoder
    await encoder.dispose()
    throw modelInvalid(modelDirectory, 'its files are others than when the folder was opened')
  }

  /** One timer, not one a call. */
  async #watch(watched: Promise<Encoder>): Promise<void> {
    const { clock, idleMs, log, modelDirectory } = this.options
    this.#lastUseMs = clock.now()
    try {
      while (this.#encoder === watched) {
        const leftMs = this.#lastUseMs + idleMs - clock.now()
        if (leftMs <= 0 && this.#nUses === 0) {
          log.debug(`The model in ${modelDirectory} is not in use; its memory is given back.`)
          await this.#end()
          return
        }
        await clock.sleep(leftMs > 0 ? leftMs : idleMs, this.#disposed.signal)
      }
    } catch {
      // Disposed.
    }
  }

  async #end(): Promise<void> {
    const ending = this.#encoder
    this.#encoder = undefined
    const encoder = await ending?.catch(() => undefined)
    await encoder?.dispose()
  }
}
