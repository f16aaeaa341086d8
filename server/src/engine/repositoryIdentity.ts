import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { readTextIfThere } from '../base/fsx.ts'
import { contentKey } from '../base/hash.ts'

/**
 * Names that a folder's git repository goes by, as hashes: its own place, the same for all its worktrees, and those of
 * its remotes, the same for all its clones. Two folders with a name in common hold versions of the same files. Empty
 * outside a repository. Reads a few small files; starts no process.
 */
export function repositoryIdentity(folder: string): string[] {
  const gitDirectory = commonDirectory(folder)
  return gitDirectory ? [...new Set(namesOf(gitDirectory, MAX_HOPS))].sort() : []
}

function namesOf(gitDirectory: string, hops: number): string[] {
  const remotes = remoteUrls(readTextIfThere(path.join(gitDirectory, 'config')) ?? '')
  return [
    contentKey('place', gitDirectory),
    ...remotes.flatMap((url) => {
      const place = localPlace(url, gitDirectory)
      if (!place) return [contentKey('remote', normalisedUrl(url))]
      // A clone of a clone on this machine is known by what that was cloned from, too.
      const origin = commonDirectory(place) ?? bareDirectory(place)
      return origin && hops > 0 ? namesOf(origin, hops - 1) : []
    }),
  ]
}

/** The git directory that a folder's worktree shares with all others of its repository. */
function commonDirectory(folder: string): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    const own = gitDirectoryAt(path.join(at, '.git'))
    if (own) {
      const common = readTextIfThere(path.join(own, 'commondir'))?.trim()
      return realPath(common ? path.resolve(own, common) : own)
    }
    if (path.dirname(at) === at) return undefined
  }
}

/** `.git` is a folder; in a worktree or submodule a file that names one. */
function gitDirectoryAt(dotGit: string): string | undefined {
  const stat = statSync(dotGit, { throwIfNoEntry: false })
  if (stat?.isDirectory()) return dotGit
  const named = stat?.isFile() && /^gitdir: (.+)$/m.exec(readTextIfThere(dotGit) ?? '')?.[1]
  return named ? path.resolve(path.dirname(dotGit), named.trim()) : undefined
}

function bareDirectory(folder: string): string | undefined {
  const isBare = ['HEAD', 'objects', 'refs'].every((name) =>
    statSync(path.join(folder, name), { throwIfNoEntry: false }),
  )
  return isBare ? realPath(folder) : undefined
}

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
  if (url.startsWith('file://')) return decodeURIComponent(url.slice('file://'.length))
  if (path.isAbsolute(url)) return url
  return /^\.\.?[\\/]/.test(url) ? path.resolve(path.dirname(gitDirectory), url) : undefined
}

/** `host/path`, whatever way it is reached and as whom: user, password, port, scheme and `.git` are left out. */
export function normalisedUrl(url: string): string {
  const rest = url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
  const isShort = rest === url
  const [, host, place] =
    /^(?:[^@/]*@)?([^:/]+)(?::\d+)?\/(.*)$/.exec(isShort ? rest.replace(/^([^:/]+):(?!\/\/)/, '$1/') : rest) ?? []
  const name = (place ?? rest)
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
  return `${host?.toLowerCase() ?? ''}/${name}`
}

function realPath(place: string): string {
  try {
    return realpathSync(place)
  } catch {
    return place
  }
}

const MAX_HOPS = 3
