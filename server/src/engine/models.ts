import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Settings } from '../contract/settings.schema.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import { createEncoder, type EncoderOptions, type FirstUse } from '../encode/encoderPool.ts'
import { createIdleEncoder } from './idleEncoder.ts'
import { type ModelPlaces, resolveModel } from './modelPlaces.ts'

export interface ModelsOptions extends ModelPlaces {
  /** The bundled `encoderProcess.js`. */
  processFile: string
  log: Log
  /** What models are started for. */
  first: FirstUse
  clock: Clock
  /** Time without a call after which a model's memory is given back until the next one. */
  idleMs: number
}

/** The encoders of one user, who says when it is done with them. */
export interface ModelsInUse {
  encoders: Record<Space, Encoder>
  release(): void
}

interface Entry {
  encoder: Promise<Encoder>
  nUsers: number
}

/**
 * The encoders in use, one a model, shared by every folder of the engine. One that nobody uses any more is kept for
 * who comes next, until another is wanted in its place.
 */
export class Models {
  readonly #entries = new Map<string, Entry>()

  constructor(private readonly options: ModelsOptions) {}

  /** The encoder of each space under these settings. One model in both spaces is one encoder. E_MODEL_MISSING. */
  async forSettings(settings: Settings): Promise<ModelsInUse> {
    const { 'index.threads': threads, 'index.poolFactor': poolFactor, 'model.accelerator': accelerator } = settings
    // Both are found before one is taken.
    const [codeDirectory, docsDirectory] = [this.#find(settings['model.code']), this.#find(settings['model.docs'])]
    const [code, docs] = [codeDirectory, docsDirectory].map((directory) =>
      this.#use(directory, { threads, poolFactor, accelerator }),
    ) as [Entry, Entry]
    const release = () => {
      for (const entry of [code, docs]) entry.nUsers--
      // The last one is kept for who comes next; one of several, such as one that was taken over from, is not.
      if ([...this.#entries.values()].some(({ nUsers }) => nUsers > 0)) this.#disposeUnused()
    }
    try {
      const encoders = { code: await code.encoder, docs: await docs.encoder }
      this.#disposeUnused()
      return { encoders, release }
    } catch (error) {
      release()
      throw error
    }
  }

  async dispose(): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    await Promise.all(entries.map(disposeEntry))
  }

  #find(model: string): string {
    return resolveModel(model, this.options)
  }

  #use(modelDirectory: string, how: Pick<EncoderOptions, 'threads' | 'poolFactor' | 'accelerator'>): Entry {
    const { processFile, log, first, clock, idleMs } = this.options
    const key = `${how.threads} ${how.poolFactor} ${how.accelerator} ${modelDirectory}`
    let entry = this.#entries.get(key)
    if (!entry) {
      const start = () => createEncoder({ ...how, modelDirectory, processFile, log, first })
      const starting = { encoder: createIdleEncoder({ start, idleMs, clock, log, modelDirectory }), nUsers: 0 }
      // A failed start is not kept: the next attempt may find the folder repaired.
      starting.encoder.catch(() => this.#entries.get(key) === starting && this.#entries.delete(key))
      this.#entries.set(key, starting)
      entry = starting
    }
    entry.nUsers++
    return entry
  }

  #disposeUnused(): void {
    for (const [key, entry] of this.#entries) {
      if (entry.nUsers > 0) continue
      this.#entries.delete(key)
      void disposeEntry(entry)
    }
  }
}

async function disposeEntry(entry: Entry): Promise<void> {
  const encoder = await entry.encoder.catch(() => undefined)
  await encoder?.dispose()
}
