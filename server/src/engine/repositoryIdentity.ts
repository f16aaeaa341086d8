import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs'
import path from 'node:path'
import { contentKey } from '../base/hash.ts'
import { readRegularTextSync } from '../base/regularFile.ts'
import { isInside, READ_LIMIT_BYTES, WorkspaceFiles } from '../base/workspaceFiles.ts'

/**
 * Names that a folder's git repository goes by, as hashes: its own place, the same for all its worktrees, and those of
 * its remotes, the same for all its clones. Two folders with a name in common hold versions of the same files. Empty
 * outside a repository. Reads a few small files, of the folder itself none behind a link; starts no process.
 */
export function repositoryIdentity(folder: string): string[] {
  const names = new RepositoryNames(folder)
  const gitDirectory = names.commonDirectory(folder)
  if (gitDirectory) names.collect(gitDirectory, MAX_HOPS)
  return [...names.found].sort()
}

/** What is checked out in a folder. */
export interface HeadState {
  /** Changes with every switch, commit and pull; '' outside a repository. */
  mark: string
  /** When it changed last. */
  movedMs: number
}

/** Undefined while git is about to change it. Reads two or three small files; starts no process. */
export function headState(folder: string): HeadState | undefined {
  return new RepositoryNames(folder).headState(folder)
}

class RepositoryNames {
  readonly found = new Set<string>()
  readonly #visited = new Set<string>()
  readonly #files: WorkspaceFiles

  constructor(private readonly folder: string) {
    this.#files = new WorkspaceFiles(folder)
  }

  /** Names of a repository, and of those on this machine that it was cloned from: each once, and not without end. */
  collect(gitDirectory: string, hops: number): void {
    if (this.#visited.has(gitDirectory) || this.#visited.size >= MAX_REPOSITORIES) return
    this.#visited.add(gitDirectory)
    this.found.add(contentKey('place', gitDirectory))
    for (const url of remoteUrls(this.#textOf(path.join(gitDirectory, 'config')) ?? '')) {
      const place = localPlace(url, gitDirectory)
      if (!place) this.found.add(contentKey('remote', normalisedUrl(url)))
      else if (hops > 0 && !isElsewhere(place)) {
        const origin = this.commonDirectory(place) ?? bareDirectory(place)
        if (origin) this.collect(origin, hops - 1)
      }
    }
  }

  headState(folder: string): HeadState | undefined {
    const own = this.#ownDirectory(folder)
    if (!own) return { mark: '', movedMs: 0 }
    if (statSync(path.join(own, 'index.lock'), { throwIfNoEntry: false })) return undefined
    const head = this.#textOf(path.join(own, 'HEAD'))?.trim() ?? ''
    const ref = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1]
    const common = (ref && !ref.includes('..') && this.#commonOf(own)) || undefined
    const files = [
      path.join(own, 'HEAD'),
      ...(common ? [path.join(common, ref!), path.join(common, 'packed-refs')] : []),
    ]
    const [, loose, packed] = files.map((file) => lstatSync(file, { throwIfNoEntry: false }))
    const commit = (common && this.#textOf(files[1]!)?.trim()) ?? `${packed?.size ?? 0}/${packed?.mtimeMs ?? 0}`
    const changed = [lstatSync(files[0]!, { throwIfNoEntry: false }), loose ?? packed]
    return {
      mark: contentKey(head, common ? commit : ''),
      movedMs: Math.max(0, ...changed.map((stat) => stat?.mtimeMs ?? 0)),
    }
  }

  /** The git directory that a folder's worktree shares with all others of its repository. */
  commonDirectory(folder: string): string | undefined {
    const own = this.#ownDirectory(folder)
    return own && this.#commonOf(own)
  }

  #commonOf(own: string): string | undefined {
    const named = this.#textOf(path.join(own, 'commondir'))?.trim()
    const common = named ? path.resolve(own, named) : own
    return isElsewhere(common) ? undefined : realPath(common)
  }

  /** That of the worktree alone. */
  #ownDirectory(folder: string): string | undefined {
    for (let at = folder; ; at = path.dirname(at)) {
      const own = this.#gitDirectoryAt(path.join(at, '.git'))
      if (own) return own
      if (path.dirname(at) === at) return undefined
    }
  }

  /** `.git` is a folder; in a worktree or submodule a file that names one. */
  #gitDirectoryAt(dotGit: string): string | undefined {
    const stat = statOf(dotGit, this.#wayIn(dotGit) === undefined ? statSync : lstatSync)
    if (stat?.isDirectory()) return dotGit
    const named = stat?.isFile() && /^gitdir: (.+)$/m.exec(this.#textOf(dotGit) ?? '')?.[1]
    const place = named ? path.resolve(path.dirname(dotGit), named.trim()) : undefined
    return place && isElsewhere(place) ? undefined : place
  }

  /** What the folder holds itself is trusted as little as the rest of it; what git names elsewhere may be a link. */
  #textOf(file: string): string | undefined {
    const way = this.#wayIn(file)
    if (way === undefined) return readRegularTextSync(file, READ_LIMIT_BYTES.gitFile)
    const content = this.#files.readTextSync(way, READ_LIMIT_BYTES.gitFile)
    return typeof content === 'string' ? undefined : content.text
  }

  #wayIn(file: string): string | undefined {
    const way = path.relative(this.folder, file).replaceAll(path.sep, '/')
    return isInside(way) ? way : undefined
  }
}

/** A configuration may name anything: below a file, in a loop of links, longer than a path can be, no path at all. */
function statOf(file: string, look: (file: string) => Stats): Stats | undefined {
  try {
    return look(file)
  } catch {
    return undefined
  }
}

function bareDirectory(folder: string): string | undefined {
  const isBare = ['HEAD', 'objects', 'refs'].every((name) => statOf(path.join(folder, name), statSync))
  return isBare ? realPath(folder) : undefined
}

/** `\\host\share`: to look there would tell the other machine, on Windows even who asks. Nor at devices. */
const isElsewhere = (place: string) => /^[\\/]{2}/.test(place)

/** URLs of all remotes in a git config: a fork shares its text with `upstream`, whatever `origin` is. */
function remoteUrls(config: string): string[] {
  const urls: string[] = []
  let isRemote = false
  for (const line of config.split('\n')) {
    const section = /^\s*\[\s*([\w.-]+)/.exec(line)
    if (section) isRemote = section[1]!.toLowerCase() === 'remote'
    const url = isRemote && /^\s*url\s*=\s*"?([^"\s]+)"?\s*$/i.exec(line)?.[1]
    if (url) urls.push(url)
  }
  return urls
}

/** The folder that a remote's URL names, where it is one on this machine. */
function localPlace(url: string, gitDirectory: string): string | undefined {
  if (url.startsWith('file://')) {
    const place = decoded(url.slice('file://'.length))
    return path.isAbsolute(place) ? place : undefined
  }
  if (path.isAbsolute(url)) return url
  return /^\.\.?[\\/]/.test(url) ? path.resolve(path.dirname(gitDirectory), url) : undefined
}

/** `host/path`, whatever way it is reached and as whom: user, password, port, scheme and `.git` are left out. */
export function normalisedUrl(url: string): string {
  const written = url.slice(0, MAX_URL_CHARS)
  const rest = written.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
  const isShort = rest === written
  const [, host, place] =
    /^(?:[^@/]*@)?([^:/]+)(?::\d+)?\/(.*)$/.exec(isShort ? rest.replace(/^([^:/]+):(?!\/\/)/, '$1/') : rest) ?? []
  const name = (place ?? rest)
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
  return `${host?.toLowerCase() ?? ''}/${name}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function realPath(place: string): string {
  try {
    return realpathSync(place)
  } catch {
    return place
  }
}

const MAX_HOPS = 3
/** Looked at for one folder: a hostile configuration may name any number. */
const MAX_REPOSITORIES = 16

const MAX_URL_CHARS = 4000
