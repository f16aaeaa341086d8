import path from 'node:path'

/**
 * What Lateral reads, writes and opens on a machine, written down once. `lateral doctor --privacy` tells people from
 * these lists, and the test of locality allows nothing beyond them.
 */
export interface Place {
  id: PlaceId
  /** Absolute. */
  path: string
  access: 'reads' | 'reads and writes'
  /** A whole sentence for people. */
  purpose: string
  /**
   * What the names of our files in a folder that others use too begin with. Such files are for nobody else: mode 0600,
   * folders 0700, and the rest of the name cannot be guessed. Absent where the whole folder is ours.
   */
  prefixes?: readonly string[]
}

export type PlaceId = 'workspace' | 'program' | 'storage' | 'models' | 'temporary' | 'memory'

export interface LocalityOptions {
  /** Folders that are searched. Their files are read and never written. */
  workspaces: readonly string[]
  /** Bundles, native libraries and built-in models: what was installed. */
  programDirectory: string
  storageDirectory: string
  userModelsDirectory: string
  temporaryDirectory: string
  platform: NodeJS.Platform
}

/** Every place there is; a file elsewhere is neither written nor, system libraries and git's own files aside, read. */
export function placesOf(options: LocalityOptions): Place[] {
  const { workspaces, programDirectory, storageDirectory, userModelsDirectory, temporaryDirectory, platform } = options
  const own = Object.values(TEMPORARY_PREFIXES)
  const places: Place[] = [
    ...workspaces.map((folder): Place => {
      const purpose = 'Searched: files that no rule leaves out, ignore files, and what git says of the repository.'
      return { id: 'workspace', path: folder, access: 'reads', purpose }
    }),
    {
      id: 'program',
      path: programDirectory,
      access: 'reads',
      purpose: 'Lateral itself with its libraries and built-in models.',
    },
    {
      id: 'storage',
      path: storageDirectory,
      access: 'reads and writes',
      purpose: 'Indexes: vectors, names and words of the searched code, a folder each. "lateral clear" deletes one.',
    },
    {
      id: 'models',
      path: userModelsDirectory,
      access: 'reads and writes',
      purpose: 'Models that you downloaded or imported. "lateral models remove" deletes one.',
    },
    {
      id: 'temporary',
      path: temporaryDirectory,
      access: 'reads and writes',
      purpose:
        'Copies of a catalog that may only be read, while it is open; vectors on their way, in files without a name.',
      prefixes: own,
    },
  ]
  if (platform === 'linux')
    places.push({
      id: 'memory',
      path: MEMORY_DIRECTORY,
      access: 'reads and writes',
      purpose: 'Vectors on their way from a model to the index, in memory, in files without a name.',
      prefixes: [TEMPORARY_PREFIXES.rows],
    })
  return places
}

/** Whether Lateral may have made what is at `file`: inside a place that it writes, under a name of its own there. */
export function mayWrite(places: readonly Place[], file: string): boolean {
  return places.some(({ path: place, access, prefixes }) => {
    if (access === 'reads') return false
    const relative = path.relative(place, file)
    if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) return false
    return prefixes === undefined || prefixes.some((prefix) => relative.startsWith(prefix))
  })
}

/** How the names of files begin that Lateral puts into folders which others use too. */
export const TEMPORARY_PREFIXES = { rows: 'lateral-rows-', catalog: 'lateral-catalog-' } as const

/** Where Linux keeps files in memory. */
export const MEMORY_DIRECTORY = '/dev/shm'

/** Programs that are started besides Lateral's own processes, and when. */
export const PROGRAMS: readonly { name: string; when: string }[] = [
  {
    name: 'git',
    when: 'a query holds is:changed or is:staged; it says which files differ, and may start no other program',
  },
  { name: 'sh', when: 'before git, whose memory it limits, on systems other than Windows; it becomes git' },
]

/** Every use of the network. Inside the machine, processes speak over pipes. */
export const NETWORK_USES: readonly { when: string; sent: string }[] = [
  {
    when: 'you ask to download a model, which shows what would come, and again after your yes',
    sent: "the model's name, and HF_TOKEN where you set one",
  },
]

/** Every variable of the environment that is looked at, and for what. */
export const VARIABLES: Readonly<Record<string, string>> = {
  XDG_DATA_HOME: 'where indexes are kept, on Linux',
  LOCALAPPDATA: 'where indexes are kept, on Windows',
  HF_ENDPOINT: 'the server that models are downloaded from',
  HF_TOKEN: 'sent to that server',
  HUGGING_FACE_HUB_TOKEN: 'the same, by an older name',
  HTTPS_PROXY: 'the proxy for downloads',
  HTTP_PROXY: 'the same, for a server without TLS',
  ALL_PROXY: 'the same, for both',
  NO_PROXY: 'servers that are reached without it',
  NODE_EXTRA_CA_CERTS: 'certificate authorities that downloads trust as well',
  LATERAL_DEBUG: 'whether the command line tells details of failures',
  NO_COLOR: 'whether results are coloured',
  TERM: 'the same',
}
