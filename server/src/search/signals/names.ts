import { fileStem, stemmedWords } from '../../base/words.ts'

/** A query as the name signals see it. */
export interface QueryWords {
  /** Distinct stemmed content words. */
  stems: ReadonlySet<string>
  /** Words and runs of up to three neighbours, lower-cased, joined: `http server` -> http, server, httpserver. */
  runs: ReadonlySet<string>
}

/**
 * How far a name is what the query asks for, 0..1: 1 where the whole name stands in the query as one word or as
 * neighbours; else the share of its words that the query has, damped.
 */
export function nameMatch(name: string, query: QueryWords): number {
  if (name === '') return 0
  const flat = name.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase()
  if (flat.length > 2 && query.runs.has(flat)) return 1
  const words = stemmedWords(name).filter((word) => word.length > 1)
  if (words.length === 0) return 0
  const shared = words.filter((word) => query.stems.has(word)).length
  return shared === 0 ? 0 : (shared / words.length) * (shared === words.length ? 0.9 : 0.5)
}

/** `nameMatch` of the file's stem; a stem that says nothing of its own (`index`, `mod`) stands for its folder. */
export function fileStemMatch(path: string, query: QueryWords): number {
  const stem = fileStem(path)
  if (!GENERIC_STEMS.has(stem.toLowerCase())) return nameMatch(stem, query)
  const folder = path.split('/').at(-2) ?? ''
  return 0.7 * nameMatch(folder, query)
}

/** Share of the query's words among the folders of a path, 0..1. */
export function folderMatch(path: string, query: QueryWords): number {
  const slash = path.lastIndexOf('/')
  if (slash < 0 || query.stems.size === 0) return 0
  const words = stemmedWords(path.slice(0, slash)).filter((word) => word.length > 1)
  const shared = words.filter((word) => query.stems.has(word)).length
  return Math.min(1, shared / query.stems.size)
}

const GENERIC_STEMS = new Set(['index', 'main', 'mod', 'init', '__init__', 'lib', 'default', 'package'])
