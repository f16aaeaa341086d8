import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { readTextIfThere } from '../base/fsx.ts'
import type { Log } from '../base/log.ts'
import type { RpcClient } from '../base/rpc.ts'
import type { Settings } from '../contract/settings.schema.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import { SPACES } from '../index/folderView.ts'
import type { SessionStats } from '../ingest/indexPort.ts'
import type { ModelsInUse } from './models.ts'
import { storeDirectory } from './openParts.ts'
import { repositoryIdentity } from './repositoryIdentity.ts'
import type { SessionMethods, SessionModel, SessionOpenParams } from './sessionProtocol.ts'
import { readStoredModels, type StoredModels } from './storedModels.ts'

export interface OpenIndexDeps {
  encoders: Record<Space, Encoder>
  settings: Settings
  /** The encoders of other models than the chosen ones. */
  otherModels(changes: Partial<Settings>): Promise<ModelsInUse>
  /** A model that answers for a folder of which no chosen model has seen everything yet; none where absent. */
  bridgeModel?: string
  log: Log
}

export interface OpenedIndex {
  stats: SessionStats
  /** Of the models that the chosen ones take over from. */
  previous?: ModelsInUse
}

/** How an index is opened, whatever its models are. */
export type FolderParams = Omit<SessionOpenParams, 'models' | 'previous'>

/** Those of a folder under these settings. Reads what git says of it. */
export function folderParams({ folder, directory, bundleDirectory, settings }: FolderPlace): FolderParams {
  const nbits = settings['index.nbits']
  const memoryLimitBytes = settings['index.memoryLimitMb'] * 2 ** 20
  const searchThreads = settings['search.threads'] || Math.min(4, Math.max(1, availableParallelism() >> 1))
  const origin = { folder, repository: repositoryIdentity(folder) }
  const rules = rulesOf(bundleDirectory)
  const place = { directory, kernelDirectory: bundleDirectory, origin, ...(rules !== undefined && { rules }) }
  return { ...place, nbits, memoryLimitBytes, searchThreads }
}

/** Version of the rules of these bundles, which their build has noted; undefined where it has not. */
function rulesOf(bundleDirectory: string): string | undefined {
  try {
    const { version } = JSON.parse(readTextIfThere(path.join(bundleDirectory, 'rules.json')) ?? '{}')
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}

/** A workspace folder, where its index is, and where the kernels are. */
interface FolderPlace {
  folder: string
  directory: string
  bundleDirectory: string
  settings: Settings
}

/** An index that is open, or about to be, for the models that it says it has. */
export interface OpenedAhead {
  models: Record<Space, SessionModel>
  stats: Promise<SessionStats>
}

/**
 * Opens an index while its encoders start, where it has vectors of the models that the settings name. Whether those are
 * still the same, `openIndex` finds out.
 */
export function openAhead(
  calls: RpcClient<SessionMethods>,
  params: FolderParams,
  settings: Settings,
): OpenedAhead | undefined {
  const stored = readStoredModels(params.directory)
  if (stored?.poolFactor !== settings['index.poolFactor']) return undefined
  const { models } = stored
  if (SPACES.some((space) => models[space].name !== settings[`model.${space}`])) return undefined
  const stats = calls.open({ ...params, models })
  // Told where it is waited for.
  stats.catch(() => {})
  return { models, stats }
}

/**
 * Opens an index for the chosen models. Where another model's vectors are all there and the chosen ones' are not, that
 * model goes on answering until they are; where there are none, the bridge model does.
 */
export async function openIndex(
  calls: RpcClient<SessionMethods>,
  folderParams: FolderParams,
  deps: OpenIndexDeps,
  ahead?: OpenedAhead,
): Promise<OpenedIndex> {
  const { encoders, otherModels, bridgeModel, log } = deps
  const params = { ...folderParams, models: { code: modelOf(encoders.code), docs: modelOf(encoders.docs) } }
  const isChosen = (models: Record<Space, SessionModel>) =>
    SPACES.every((space) => models[space].fingerprint === encoders[space].model.fingerprint)
  if (ahead && isChosen(ahead.models)) return { stats: await ahead.stats }
  const stored = readStoredModels(params.directory)
  if (stored && isChosen(stored.models)) return { stats: await calls.open(params) }
  if (stored && areThere(params.directory, stored)) {
    const stats = await calls.open({ ...params, previous: { models: stored.models, isKept: false } })
    if (stats.nUnitsUpgraded === undefined) return { stats }
    const previous = await modelsOf(stored, otherModels).catch((error: Error) => {
      log.warn(`${error.message} Files are found by words until they are encoded anew.`)
    })
    if (previous) return { stats, previous }
  }
  if (bridgeModel !== undefined) {
    const previous = await otherModels({ 'model.code': bridgeModel, 'model.docs': bridgeModel })
    const models = { code: modelOf(previous.encoders.code), docs: modelOf(previous.encoders.docs) }
    if (!isChosen(models)) {
      const opening = calls.open({ ...params, previous: { models, isKept: true } })
      opening.catch(() => previous.release())
      return { stats: await opening, previous }
    }
    previous.release()
  }
  return { stats: await calls.open(params) }
}

function modelOf({ model: { id, fingerprint, dim } }: Encoder): SessionModel {
  return { id, fingerprint, dim }
}

const areThere = (directory: string, { models }: StoredModels) =>
  SPACES.every((space) => existsSync(storeDirectory(directory, models[space].fingerprint)))

/** The stored models' encoders. Throws where one is gone, or is not the one that the vectors are of. */
async function modelsOf(
  { poolFactor, models }: StoredModels,
  otherModels: OpenIndexDeps['otherModels'],
): Promise<ModelsInUse> {
  const found = await otherModels({
    'model.code': models.code.name,
    'model.docs': models.docs.name,
    'index.poolFactor': poolFactor,
  })
  const other = SPACES.find((space) => found.encoders[space].model.fingerprint !== models[space].fingerprint)
  if (other === undefined) return found
  found.release()
  throw new Error(`The model ${models[other].name} is not the one that the index was built with.`)
}
