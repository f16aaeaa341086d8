import type { DownloadPlan, ModelFile, ModelListing } from '../contract/models.ts'

export type { DownloadPlan, ModelFile, ModelListing }

/** What an installed model's folder says of itself, in `lateral-model.json`. */
export interface InstalledModel {
  id: string
  directory: string
  source: 'hub' | 'import'
  repository?: string
  revision?: string
  licence: string | null
  installedAtMs: number
  files: Required<Pick<ModelFile, 'path' | 'sizeBytes' | 'sha256'>>[]
}

export type DownloadStage = 'waiting' | 'downloading' | 'retrying' | 'checking'

export interface DownloadProgress {
  stage: DownloadStage
  /** File under way. */
  file: string
  doneBytes: number
  totalBytes: number
  /** 0 while unknown. */
  bytesPerSecond: number
  secondsLeft: number | null
  /** In stage `retrying`: why. */
  problem?: string
}

export interface FileCheck {
  path: string
  problem: 'missing' | 'wrong-size' | 'changed'
}
