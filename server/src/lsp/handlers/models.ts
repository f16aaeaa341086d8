import { usageError } from '../../contract/errorCodes.ts'
import {
  type DownloadPlan,
  type ModelDownloadParams,
  ModelDownloadRequest,
  type ModelImportParams,
  ModelImportRequest,
  type ModelInstalledReply,
  type ModelListReply,
  ModelListRequest,
  type ModelPlanParams,
  ModelPlanRequest,
  type ModelRemoveParams,
  ModelRemoveRequest,
  type PlannedDownload,
} from '../../contract/requests.ts'
import type { DownloadProgress } from '../../engine/modelLibrary.ts'
import type { Handler } from '../dispatch.ts'
import { modelDownloadParams, modelImportParams, modelPlanParams, modelRemoveParams, noParams } from '../params.ts'
import type { Session } from '../session.ts'
import { withWorkDone } from '../workDone.ts'

export const modelListHandler: Handler<Record<string, never>, ModelListReply, Session> = {
  definition: ModelListRequest,
  params: noParams,
  async run(session) {
    const library = await session.models()
    return { models: await library.list(), directory: library.directory }
  },
}

export const modelPlanHandler: Handler<ModelPlanParams, PlannedDownload, Session> = {
  definition: ModelPlanRequest,
  params: modelPlanParams,
  async run(session, { id, network }, signal) {
    const plan = await (await session.models(network)).plan(id, { signal })
    planned(session).set(id, plan)
    return plan
  },
}

export const modelDownloadHandler: Handler<ModelDownloadParams, ModelInstalledReply, Session> = {
  definition: ModelDownloadRequest,
  params: modelDownloadParams,
  async run(session, { id, revision, network, workDoneToken }, signal) {
    const plan = planned(session).get(id)
    if (plan?.revision !== revision) throw usageError(`Nobody has seen what ${id} at ${revision} is: plan it first.`)
    const title = `downloading ${id}`
    const model = await withWorkDone(session, { title, workDoneToken, signal }, async (either, reporter) => {
      let shownAt = 0
      return (await session.models(network)).download(plan, {
        signal: either,
        onProgress(progress) {
          const now = performance.now()
          if (progress.stage === 'downloading' && now - shownAt < REPORT_INTERVAL_MS) return
          shownAt = now
          reporter?.report(Math.floor((100 * progress.doneBytes) / progress.totalBytes), progressMessage(progress))
        },
      })
    })
    return { id: model.id, directory: model.directory }
  },
}

export const modelImportHandler: Handler<ModelImportParams, ModelInstalledReply, Session> = {
  definition: ModelImportRequest,
  params: modelImportParams,
  async run(session, { source, id }, signal) {
    const library = await session.models()
    const model = await library.import(source, { signal, ...(id !== undefined && { id }) })
    return { id: model.id, directory: model.directory }
  },
}

export const modelRemoveHandler: Handler<ModelRemoveParams, { sizeBytes: number }, Session> = {
  definition: ModelRemoveRequest,
  params: modelRemoveParams,
  async run(session, { id, force = false }) {
    const inSettings = session.folders.all().flatMap(({ settings }) => [settings['model.code'], settings['model.docs']])
    const library = await session.models()
    return { sizeBytes: await library.remove(id, { force, inSettings }) }
  },
}

/** "12.3 of 143.0 MB, 5.1 MB/s, 26 s left" */
export function progressMessage({ stage, doneBytes, totalBytes, ...progress }: DownloadProgress): string {
  if (stage === 'waiting') return 'waiting for another process that downloads it'
  if (stage === 'checking') return 'checking what has come'
  if (stage === 'retrying') return `trying again: ${progress.problem ?? ''}`
  const parts = [`${megabytes(doneBytes)} of ${megabytes(totalBytes)} MB`]
  if (progress.bytesPerSecond > 0) parts.push(`${megabytes(progress.bytesPerSecond)} MB/s`)
  if (progress.secondsLeft !== null) parts.push(`${Math.ceil(progress.secondsLeft)} s left`)
  return parts.join(', ')
}

/** What each session's user has been shown. */
function planned(session: Session): Map<string, DownloadPlan> {
  const known = plans.get(session) ?? new Map<string, DownloadPlan>()
  plans.set(session, known)
  return known
}

const plans = new WeakMap<Session, Map<string, DownloadPlan>>()
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
const REPORT_INTERVAL_MS = 200
