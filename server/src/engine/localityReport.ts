import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { NETWORK_USES, type Place, PROGRAMS, placesOf, VARIABLES } from '../contract/locality.ts'
import { WITHOUT_TELEMETRY } from '../encode/onnxRuntime.ts'
import { directorySize } from '../index/clearIndex.ts'
import type { ModelListing } from './modelLibrary.ts'
import { listIndexes } from './storedIndexes.ts'
import type { StoredIndex } from './types.ts'

export interface LocalityReportOptions {
  storageDirectory: string
  userModelsDirectory: string
  /** Of the built-in models, which lie in the folder of what was installed. */
  modelsDirectory: string
  temporaryDirectory: string
  platform: NodeJS.Platform
  models: readonly ModelListing[]
  /** Where a download would go. */
  server: { origin: string; proxy?: string }
}

/** What Lateral reads, writes and opens on this machine as it is now. */
export interface LocalityReport {
  network: { uses: typeof NETWORK_USES; server: string; proxy?: string }
  telemetry: { lateral: 'none'; onnxRuntime: 'off'; variables: Readonly<Record<string, string>>; note?: string }
  /** `sizeBytes` is that of our own files, of places that are written. */
  places: (Place & { exists: boolean; sizeBytes?: number })[]
  indexes: StoredIndex[]
  models: { id: string; state: 'built-in' | 'installed'; sizeBytes: number; directory?: string }[]
  programs: typeof PROGRAMS
  variables: typeof VARIABLES
}

/** Opens nothing and writes nothing; looks at every file of the storage folder once, for its size. */
export function localityReport(options: LocalityReportOptions): LocalityReport {
  const { storageDirectory, userModelsDirectory, modelsDirectory, models, server, platform } = options
  const indexes = listIndexes(storageDirectory)
  const places = placesOf({
    ...options,
    workspaces: indexes.filter(({ isGone }) => !isGone).map(({ folder }) => folder),
    programDirectory: path.dirname(modelsDirectory),
  })
  const modelBytes = userModelsDirectory.startsWith(storageDirectory + path.sep) ? sizeOf(userModelsDirectory) : 0
  return {
    network: { uses: NETWORK_USES, server: server.origin, ...(server.proxy !== undefined && { proxy: server.proxy }) },
    telemetry: {
      ...{ lateral: 'none', onnxRuntime: 'off', variables: WITHOUT_TELEMETRY },
      ...(platform === 'win32' && { note: WINDOWS_NOTE }),
    },
    places: places.map((place) => {
      const exists = existsSync(place.path)
      if (place.access === 'reads') return { ...place, exists }
      const ofOthers = place.id === 'storage' ? modelBytes : 0
      return { ...place, exists, sizeBytes: sizeOf(place.path, place.prefixes) - ofOthers }
    }),
    indexes,
    models: models.flatMap(({ id, state, sizeBytes, directory }) =>
      state === 'available' ? [] : [{ id, state, sizeBytes, ...(directory !== undefined && { directory }) }],
    ),
    programs: PROGRAMS,
    variables: VARIABLES,
  }
}

/** Of what is in `folder`: all of it, or what has one of these names. */
function sizeOf(folder: string, prefixes?: readonly string[]): number {
  if (!existsSync(folder)) return 0
  if (!prefixes) return directorySize(folder)
  return readdirSync(folder)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => path.join(folder, name))
    .reduce((sum, file) => sum + (statSync(file).isDirectory() ? directorySize(file) : statSync(file).size), 0)
}

const WINDOWS_NOTE =
  "On Windows, ONNX Runtime's official builds hand events to the system's own tracing (ETW), which stays on the machine " +
  'unless somebody there has set up a collector that sends it on.'
