import type { Space } from './units.ts'

/** What is said of models between engine, server and client. Any layer may import this. */

/** One file of a model as it must arrive. `sha256` is absent only before its first download: then `gitOid` stands in. */
export interface ModelFile {
  /** Name in the model's folder; models have no folders inside. */
  path: string
  sizeBytes: number
  /** Lower-case hex. */
  sha256?: string
  /** Hex sha1 of the file as a git blob: what the hub knows of small files. */
  gitOid?: string
}

/** Exactly what a download would bring. Shown to the user, and kept from their yes on as the model's pin. */
export interface DownloadPlan {
  id: string
  repository: string
  /** Full commit id. */
  revision: string
  /** As the hub's model card names it. */
  licence: string | null
  /** Where from, without a path: `https://huggingface.co`. */
  endpoint: string
  files: ModelFile[]
  /** True where an earlier yes fixed revision and checksums, so that the hub was not asked. */
  isPinned: boolean
}

/** `isInstalled`: all of it is here already. */
export type PlannedDownload = DownloadPlan & { isInstalled: boolean }

/** A row of the list: built in, installed, or known and to be had. */
export interface ModelListing {
  id: string
  state: 'built-in' | 'installed' | 'available'
  spaces: Space[]
  summary: string
  licence: string | null
  /** Bytes on disk; 0 for one that is not there. */
  sizeBytes: number
  directory?: string
  revision?: string
}
