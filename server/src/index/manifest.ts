import { rmSync } from 'node:fs'
import path from 'node:path'
import { crc32 } from '../base/crc32.ts'
import { readPlainFileSync, statIfThere, writeFileAtomicSync } from '../base/fsx.ts'
import { indexCorrupt, indexFormatNewer } from '../contract/errorCodes.ts'
import { asIndexError, asReadError } from './storageFailure.ts'

/**
 * Names the files that make up one store. It is replaced by rename after they are written and synced: a file it does
 * not name does not exist for readers, and is deleted at the next open.
 */
export interface Manifest {
  formatVersion: number
  /** Counts commits. */
  generation: number
  nextFileNumber: number
  segments: SegmentEntry[]
  /** Vector stores only: the codec of all segments; absent until trained. */
  codec?: string
  /** Vector stores only: raw vectors that wait for the first codec. */
  spools?: SegmentEntry[]
}

export interface SegmentEntry {
  file: string
  nDocs: number
  nTokens: number
  sizeBytes: number
  /** Vector segments only: tokens that were outliers of the codec when they were added; absent for 0. */
  nOutliers?: number
}

export const MANIFEST_VERSION = 1 // 1: first

export const emptyManifest = (): Manifest => ({
  formatVersion: MANIFEST_VERSION,
  generation: 0,
  nextFileNumber: 1,
  segments: [],
})

/** The store's manifest; an empty one where there is none yet. `E_INDEX_CORRUPT`, `E_INDEX_FORMAT`, `E_STORAGE`. */
export function readManifest(directory: string): Manifest {
  const file = path.join(directory, MANIFEST_FILE)
  let text: string
  try {
    text = readPlainFileSync(file).toString('utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || (code === 'ENOTDIR' && !statIfThere(directory))) return emptyManifest()
    throw asReadError(error, file)
  }
  const manifest = parseManifest(text)
  if (manifest.formatVersion > MANIFEST_VERSION) throw indexFormatNewer(manifest.formatVersion, MANIFEST_VERSION)
  return manifest
}

/** Commits: from here on readers see the files that `manifest` names. `E_DISK_FULL`, `E_STORAGE`: the one before stays. */
export function writeManifest(directory: string, manifest: Manifest): void {
  try {
    writeFileAtomicSync(
      path.join(directory, MANIFEST_FILE),
      `${JSON.stringify({ ...manifest, checksum: checksumOf(manifest) }, null, 1)}\n`,
      { overFolder: true },
    )
  } catch (error) {
    throw asIndexError(error, directory)
  }
}

/** Files named by the manifest, itself included. */
export function manifestFiles(manifest: Manifest): Set<string> {
  const files = [...manifest.segments, ...(manifest.spools ?? [])].map((entry) => entry.file)
  return new Set([MANIFEST_FILE, ...files, ...(manifest.codec ? [manifest.codec] : [])])
}

/** Removes those of `files` that the manifest on disk does not name: a write can fail after its rename. */
export function removeUnnamed(directory: string, files: readonly string[]): void {
  try {
    const named = manifestFiles(readManifest(directory))
    for (const file of files) if (!named.has(file)) rmSync(path.join(directory, file), { recursive: true, force: true })
  } catch {
    // What is left goes at the next open; the caller has the failure that matters.
  }
}

export const fileName = (number: number, extension: string): string => `${String(number).padStart(6, '0')}.${extension}`

function parseManifest(text: string): Manifest {
  let parsed: (Partial<Manifest> & { checksum?: unknown }) | null
  try {
    parsed = JSON.parse(text)
  } catch {
    throw indexCorrupt(MANIFEST_FILE, 'it is not JSON')
  }
  const { checksum, ...manifest } = parsed ?? {}
  if (typeof manifest.formatVersion !== 'number' || !Array.isArray(manifest.segments)) {
    throw indexCorrupt(MANIFEST_FILE, 'it is not a manifest')
  }
  // A newer version may count it otherwise; it is refused by its number.
  const isOurs = manifest.formatVersion <= MANIFEST_VERSION
  if (isOurs && checksum !== undefined && checksum !== checksumOf(manifest)) {
    throw indexCorrupt(MANIFEST_FILE, 'its checksum does not match')
  }
  if (isOurs && !isSound(manifest)) throw indexCorrupt(MANIFEST_FILE, 'it names what no index has')
  return { ...emptyManifest(), ...manifest }
}

/**
 * Whether all that is named can be a part of this store. A checksum tells of accidents, not of forgery: whoever wrote a path
 * here would have it opened, and deleted once it is not in use.
 */
function isSound({ segments = [], spools = [], codec, nextFileNumber = 1 }: Partial<Manifest>): boolean {
  if (!Array.isArray(spools) || !isCount(nextFileNumber)) return false
  if (codec !== undefined && !isFileName(codec)) return false
  return [...segments, ...spools].every((entry) => {
    const { file, nDocs, nTokens, sizeBytes, nOutliers = 0 } = (entry ?? {}) as Partial<SegmentEntry>
    return isFileName(file) && [nDocs, nTokens, sizeBytes, nOutliers].every(isCount)
  })
}

/** As `fileName` makes them. */
const isFileName = (name: unknown) => typeof name === 'string' && /^\d{6,15}\.[a-z]+$/.test(name)
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

/** Over the manifest as compact JSON, without the checksum itself. */
const checksumOf = (manifest: Partial<Manifest>) => crc32(Buffer.from(JSON.stringify(manifest)))

const MANIFEST_FILE = 'manifest.json'
