import path from 'node:path'
import { throwIfAborted } from '../../../server/src/base/cancel.ts'
import type { Clock } from '../../../server/src/base/clock.ts'
import { createLog } from '../../../server/src/base/log.ts'
import { WriterLock } from '../../../server/src/index/writerLock.ts'
import { type DownloadModelOptions, downloadModel } from '../../../server/src/models/downloadModel.ts'
import { HttpClient, type HttpOptions } from '../../../server/src/models/http.ts'
import { planFromHub } from '../../../server/src/models/hub.ts'
import { ModelStore } from '../../../server/src/models/modelStore.ts'
import { knownModel } from '../../../server/src/models/registry.ts'
import type { DownloadPlan, DownloadProgress, InstalledModel } from '../../../server/src/models/types.ts'
import { type FakeHub, REPOSITORY, startFakeHub } from '../../support/fakeHub.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

/** Files of a model that only a reader of names would take for one. */
export const smallModel = (nBytes = 50_000): Record<string, Buffer> => ({
  'onnx_config.json': Buffer.from('{"query_length": 32}'),
  'tokenizer.json': Buffer.from('{"model": {}}'),
  'model_int8.onnx': Buffer.from(Array.from({ length: nBytes }, (_, i) => (i * 7919) >> 3)),
})

/** Sleeps take no time but are written down; it moves on with them, and 10 ms with every look. */
export function fakeClock(): Clock & { sleptMs: number[] } {
  let nowMs = 1_000_000
  const sleptMs: number[] = []
  return {
    sleptMs,
    now: () => (nowMs += 10),
    async sleep(ms, signal) {
      throwIfAborted(signal)
      sleptMs.push(ms)
      nowMs += ms
      await new Promise((resolve) => setTimeout(resolve, 5))
      throwIfAborted(signal)
    },
  }
}

export interface Bench {
  hub: FakeHub
  store: ModelStore
  clock: ReturnType<typeof fakeClock>
  /** Every log line there was. */
  lines: string[]
  progress: DownloadProgress[]
  http(options?: Partial<HttpOptions>): HttpClient
  plan(http?: HttpClient): Promise<DownloadPlan>
  download(plan: DownloadPlan, options?: Partial<DownloadModelOptions>): Promise<InstalledModel>
  /** Plan and download. */
  get(options?: Partial<DownloadModelOptions>): Promise<InstalledModel>
}

export async function bench({
  files = smallModel(),
  secure,
  directory = path.join(temporaryFolder(), 'models'),
}: {
  files?: Record<string, Buffer>
  secure?: { key: string; cert: string }
  directory?: string
} = {}): Promise<Bench> {
  const hub = await startFakeHub(files, secure)
  const store = new ModelStore(directory)
  const clock = fakeClock()
  const lines: string[] = []
  const progress: DownloadProgress[] = []
  const log = createLog('trace', (_level, message) => lines.push(message))
  const endpoint = new URL(`${hub.url}/`)
  const http = (options: Partial<HttpOptions> = {}) =>
    new HttpClient({
      ...{ env: {}, authorities: secure ? [secure.cert] : [], stallMs: 2000, now: clock.now, log },
      ...options,
    })
  const plan = (client = http()) => planFromHub(knownModel(REPOSITORY), 'main', { http: client, endpoint })
  const download = (chosen: DownloadPlan, options: Partial<DownloadModelOptions> = {}) =>
    downloadModel(chosen, {
      ...{ store, http: http(), endpoint, clock, log },
      check: async () => {},
      tryLock: (root) => WriterLock.tryAcquire(root),
      free: async () => 1e12,
      onProgress: (each) => progress.push(each),
      ...options,
    })
  const get = async (options: Partial<DownloadModelOptions> = {}) => download(await plan(options.http), options)
  return { hub, store, clock, lines, progress, http, plan, download, get }
}
