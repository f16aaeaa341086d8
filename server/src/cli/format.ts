import path from 'node:path'
import type { SearchHit } from '../contract/units.ts'
import type { CliIo } from './io.ts'

/**
 * Two lines a hit:
 * ```
 * server/src/index/segment.ts:40-71  function writeSegment (Segment)
 *     40: export function writeSegment(...
 * ```
 * Paths are relative to the working folder where they lie in it, so that terminals can open them.
 */
export function formatHit(hit: SearchHit, { cwd, colour }: Pick<CliIo, 'cwd' | 'colour'>): string {
  const paint = colour ? coloured : plain
  const place = `${paint.path(shownPath(hit.absolutePath, cwd))}:${paint.line(`${hit.startLine}-${hit.endLine}`)}`
  const title = [hit.kind, hit.name && paint.name(hit.name), hit.container && `(${hit.container})`].filter(Boolean)
  const best = hit.snippet && `\n    ${paint.line(`${hit.snippetLine}:`)} ${hit.snippet}`
  return `${place}  ${title.join(' ')}${best}`
}

export function shownPath(absolutePath: string, cwd: string): string {
  const relative = path.relative(cwd, absolutePath)
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? absolutePath : relative
}

/** 1234567 -> '1,234,567'. Independent of the machine's locale, so that scripts can rely on it. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Decimal units, as file managers show them. */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${sizeBytes} B`
  if (sizeBytes < 1e6) return `${(sizeBytes / 1e3).toFixed(1)} kB`
  if (sizeBytes < 1e9) return `${(sizeBytes / 1e6).toFixed(1)} MB`
  return `${(sizeBytes / 1e9).toFixed(2)} GB`
}

export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const total = Math.round(seconds)
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`
  return `${Math.floor(total / 3600)} h ${Math.floor((total % 3600) / 60)} min`
}

type Paint = { path(text: string): string; line(text: string): string; name(text: string): string }
const ansi = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`
const same = (text: string) => text
const coloured: Paint = { path: ansi(35), line: ansi(32), name: ansi(1) }
const plain: Paint = { path: same, line: same, name: same }
