import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import { SPACES } from '../index/folderView.ts'
import type { QueryRows } from './sessionProtocol.ts'

/**
 * The question's rows for each wanted space, both by default, encoded at the same time. A model that serves both encodes
 * once, and not at all where `known`, which is added to, has its rows already.
 */
export async function encodeQuestion(
  encoders: Record<Space, Encoder>,
  text: string,
  {
    space,
    signal,
    known: byModel = new Map(),
  }: { space?: Space | undefined; signal?: AbortSignal | undefined; known?: Map<string, Promise<QueryRows>> } = {},
): Promise<Partial<Record<Space, QueryRows>>> {
  if (text.trim() === '') return {}
  const wanted = SPACES.filter((each) => !space || each === space)
  const rows = await Promise.all(
    wanted.map((each) => {
      const encoder = encoders[each]
      const known = byModel.get(encoder.model.fingerprint)
      if (known) return known
      const encoded = encoder.encodeQuery(text, signal ? { signal } : {})
      byModel.set(encoder.model.fingerprint, encoded)
      return encoded
    }),
  )
  return Object.fromEntries(
    wanted.map((each, i) => [each, { nTokens: rows[i]!.nTokens, dim: rows[i]!.dim, data: rows[i]!.data }]),
  )
}
