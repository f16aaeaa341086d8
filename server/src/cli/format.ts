import { pathBelow } from '../base/paths.ts'
import { printableCode, shortened } from '../contract/printable.ts'
import type { SearchHit } from '../contract/units.ts'
import type { Line } from './door.ts'

/**
 * Two lines a hit:
 * ```
 * server/src/index/segment.ts:40-71  function writeSegment (Segment)
 *     40: export function writeSegment(...
 * ```
 * Paths are relative to the working folder where they lie in it, so that terminals can open them.
 */
export function formatHit(hit: SearchHit, cwd: string): Line[] {
  const path = { text: shownPath(hit.absolutePath, cwd), style: 'path' } as const
  const lines = { text: `${hit.startLine}-${hit.endLine}`, style: 'line' } as const
  const name = hit.name ? [' ', { text: shortened(hit.name), style: 'name' } as const] : []
  const container = hit.container ? [` (${shortened(hit.container)})`] : []
  const title: Line = [path, ':', lines, `  ${hit.kind}`, ...name, ...container]
  if (!hit.snippet) return [title]
  const place = { text: `${hit.snippetLine}:`, style: 'line' } as const
  return [title, ['    ', place, ` ${printableCode(hit.snippet)}`]]
}

export function shownPath(absolutePath: string, cwd: string): string {
  return pathBelow(cwd, absolutePath) ?? absolutePath
}

/** 1234567 -> '1,234,567'. Independent of the machine's locale, so that scripts can rely on it. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `5 files not searchable, or not as a whole: 3 ignored, 2 link`. */
export function formatSkipped(counts: Record<string, number>): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a)
  const total = sorted.reduce((sum, [, n]) => sum + n, 0)
  const parts = sorted.map(([outcome, n]) => `${formatCount(n)} ${outcome}`)
  return `${formatCount(total)} files not searchable, or not as a whole: ${parts.join(', ')}`
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
