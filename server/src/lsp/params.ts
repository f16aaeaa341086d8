import { z } from 'zod'
import type { IndexControlParams, RelatedParams, SearchParams } from '../contract/requests.ts'

/** What arrives over the wire is checked before a handler sees it. */

export const searchParams: z.ZodType<SearchParams> = z.object({
  query: z.string().max(10_000),
  limit: z.int().min(1).max(500).exactOptional(),
  space: z.enum(['code', 'docs']).exactOptional(),
  folders: z.array(z.string()).exactOptional(),
  partialResultToken: z.union([z.string(), z.number()]).exactOptional(),
})

export const relatedParams: z.ZodType<RelatedParams> = z.object({
  uri: z.string(),
  line: z.int().min(0),
  limit: z.int().min(1).max(500).exactOptional(),
})

export const indexControlParams: z.ZodType<IndexControlParams> = z
  .object({ folder: z.string().exactOptional() })
  .nullish()
  .transform((params) => params ?? {})

export const noParams: z.ZodType<Record<string, never>> = z.unknown().transform(() => ({}))
