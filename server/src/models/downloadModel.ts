import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { checkSpace, type FreeSpace } from './diskSpace.ts'
import { downloadFile } from './downloadFile.ts'
import type { HttpClient } from './http.ts'
import { fileUrl } from './hub.ts'
import { type CheckModel, commitModel, stagedBytes, type TryLock, withModelLock } from './install.ts'
import type { ModelStore } from './modelStore.ts'
import { ProgressMeter } from './progressMeter.ts'
import type { DownloadPlan, DownloadProgress, InstalledModel } from './types.ts'
import { verifyFiles } from './verify.ts'

export interface DownloadModelOptions {
  store: ModelStore
  http: HttpClient
  /** Server to take the files from; the plan's own is for people. */
  endpoint: URL
  check: CheckModel
  tryLock: TryLock
  clock: Clock
  log: Log
  free: FreeSpace
  signal?: AbortSignal
  onProgress?(progress: DownloadProgress): void
}

/**
 * Downloads what `plan` says and installs it in one step. To be called after the user's yes: from here on the plan is
 * the model's pin. A cancelled or failed download goes on where it was; of two processes one downloads, and the other
 * finds the model installed.
 */
export async function downloadModel(plan: DownloadPlan, options: DownloadModelOptions): Promise<InstalledModel> {
  const { store, clock, signal, onProgress } = options
  const totalBytes = plan.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const meter = new ProgressMeter(totalBytes, clock, onProgress)
  const lockOptions = { ...options, onWaiting: () => meter.say('waiting') }
  return withModelLock(store, plan.id, signal ? { ...lockOptions, signal } : lockOptions, async () => {
    const installed = await store.find(plan.id)
    if (installed && (await isAsPlanned(installed, plan, signal))) return installed
    await store.setPin(plan.id, plan)
    const files = await fetchFiles(plan, meter, options)
    await store.setPin(plan.id, { ...plan, files })
    const { id, repository, revision, licence } = plan
    const record = { id, source: 'hub' as const, repository, revision, licence, installedAtMs: clock.now(), files }
    return commitModel(store, record, options.check)
  })
}

/** Whether an installed model is what the plan would bring, down to its bytes: a damaged one is not. */
export async function isAsPlanned(
  installed: InstalledModel,
  plan: DownloadPlan,
  signal?: AbortSignal,
): Promise<boolean> {
  const isSame =
    installed.revision === plan.revision &&
    plan.files.every(({ path: name, sizeBytes, sha256 }) => {
      const own = installed.files.find((file) => file.path === name)
      return own?.sizeBytes === sizeBytes && (sha256 === undefined || own.sha256 === sha256)
    })
  return isSame && (await verifyFiles(installed.directory, installed.files, signal)).length === 0
}

async function fetchFiles(
  plan: DownloadPlan,
  meter: ProgressMeter,
  { store, http, endpoint, clock, log, free, signal }: DownloadModelOptions,
): Promise<InstalledModel['files']> {
  const { files: directory } = store.stagingOf(plan.id)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const names = plan.files.map((file) => file.path)
  await removeOthers(directory, names)
  const totalBytes = plan.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  await checkSpace(directory, totalBytes - (await stagedBytes(directory, names)), free)
  const done: InstalledModel['files'] = []
  for (const file of plan.files) {
    meter.startFile(file.path, file.sizeBytes)
    const { sha256 } = await downloadFile(
      fileUrl(endpoint, plan.repository, plan.revision, file.path),
      file,
      directory,
      {
        ...{ http, clock, log },
        ...(signal && { signal }),
        onBytes: (doneBytes) => meter.bytes(doneBytes),
        onRetry: (problem) => meter.say('retrying', problem),
        onChecking: () => meter.say('checking'),
      },
    )
    done.push({ path: file.path, sizeBytes: file.sizeBytes, sha256 })
  }
  return done
}

/** Leftovers of another plan or an import must not become part of the model. */
async function removeOthers(directory: string, names: string[]): Promise<void> {
  const ours = new Set(names.flatMap((name) => [name, `${name}.partial`, `${name}.partial.etag`]))
  for (const name of await readdir(directory))
    if (!ours.has(name)) await rm(path.join(directory, name), { recursive: true, force: true })
}
