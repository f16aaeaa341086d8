import path from 'node:path'
import { URI } from 'vscode-uri'
import { pathBelow } from '../base/paths.ts'
import type { SearchHit, WireHit } from '../contract/requests.ts'

/** The only place where paths become URIs and back. Lines stay 1-based inside hits. */

export function toUri(absolutePath: string): string {
  // Half of a surrogate pair, which only Windows has in names, is no part of any URI.
  return URI.file(absolutePath.replace(/\p{Cs}/gu, '\ufffd')).toString()
}

/**
 * The path of a `file:` URI; `undefined` for any other scheme, whose content is not on this machine's disk, and for what
 * is no URI or no path.
 */
export function toPath(uri: string): string | undefined {
  // The parser takes what has no scheme for a file.
  if (!/^file:/i.test(uri)) return undefined
  try {
    const { fsPath } = URI.parse(uri)
    return fsPath.includes('\0') ? undefined : fsPath
  } catch {
    return undefined
  }
}

/** `absolutePath` below `folder`, with '/' between parts; `undefined` where it lies outside. */
export function relativeTo(folder: string, absolutePath: string): string | undefined {
  const relative = pathBelow(folder, absolutePath)
  return path.sep === '/' ? relative : relative?.split(path.sep).join('/')
}

export function toWireHit(hit: SearchHit, folderName: string): WireHit {
  return { ...hit, uri: toUri(hit.absolutePath), folder: folderName }
}
