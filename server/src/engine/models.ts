import path from 'node:path'
import type { Log } from '../base/log.ts'
import type { Settings } from '../contract/settings.schema.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import { createEncoder } from '../encode/encoderPool.ts'

export interface ModelsOptions {
  /** Holds the built-in models, a folder each. */
  modelsDirectory: string
  /** The bundled `encoderProcess.js`. */
  processFile: string
  log: Log
}

/** The encoders in use, one a model, shared by every folder of the engine. */
export class Models {
  readonly #encoders = new Map<string, Promise<Encoder>>()

  constructor(private readonly options: ModelsOptions) {}

  /** The encoder of each space under these settings. One model in both spaces is one encoder. */
  async forSettings(settings: Settings): Promise<Record<Space, Encoder>> {
    const [code, docs] = await Promise.all([
      this.#encoder(settings['model.code'], settings['index.threads']),
      this.#encoder(settings['model.docs'], settings['index.threads']),
    ])
    return { code, docs }
  }

  async dispose(): Promise<void> {
    const encoders = await Promise.allSettled(this.#encoders.values())
    this.#encoders.clear()
    await Promise.all(encoders.map((result) => result.status === 'fulfilled' && result.value.dispose()))
  }

  #encoder(model: string, threads: number): Promise<Encoder> {
    const { modelsDirectory, processFile, log } = this.options
    const modelDirectory = path.isAbsolute(model) ? model : path.join(modelsDirectory, model)
    const known = this.#encoders.get(modelDirectory)
    if (known) return known
    const starting = createEncoder({ modelDirectory, processFile, threads, log })
    this.#encoders.set(modelDirectory, starting)
    // A failed start is not kept: the next attempt may find the folder repaired.
    starting.catch(() => this.#encoders.delete(modelDirectory))
    return starting
  }
}
