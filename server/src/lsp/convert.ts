import path from 'node:path'
import { URI } from 'vscode-uri'
import type { SearchHit, WireHit } from '../contract/requests.ts'

/** The only place where paths become URIs and back. Lines stay 1-based inside hits. */

export function toUri(absolutePath: string): string {
  return URI.file(absolutePath).toString()
}

/** The path of a `file:` URI; `undefined` for any other scheme, whose content is not on this machine's disk. */
export function toPath(uri: string): string | undefined {
  const parsed = URI.parse(uri)
  return parsed.scheme === 'file' ? parsed.fsPath : undefined
}

/** `absolutePath` below `folder`, with '/' between parts; `undefined` where it lies outside. */
export function relativeTo(folder: string, absolutePath: string): string | undefined {
  const relative = path.relative(folder, absolutePath)
  if (relative === '' || relative.startsWith('..') || path.isAbsolute(relative)) return undefined
  return path.sep === '/' ? relative : relative.split(path.sep).join('/')
}

export function toWireHit(hit: SearchHit, folderName: string): WireHit {
  return { ...hit, uri: toUri(hit.absolutePath), folder: folderName }
}
