import * as z from 'zod'
import type {
  ExplainParams,
  IndexControlParams,
  ModelDownloadParams,
  ModelImportParams,
  ModelPlanParams,
  ModelRemoveParams,
  NetworkParams,
  RelatedParams,
  SearchParams,
  TuneParams,
} from '../contract/requests.ts'
import { MAX_TUNE_QUERIES } from '../contract/tuning.ts'

/** What arrives over the wire is checked before a handler sees it. */

export const searchParams: z.ZodType<SearchParams> = z.object({
  query: z.string(),
  limit: z.int().min(1).max(500).exactOptional(),
  space: z.enum(['code', 'docs']).exactOptional(),
  folders: z.array(z.string()).exactOptional(),
  partialResultToken: z.union([z.string(), z.number()]).exactOptional(),
})

export const explainParams: z.ZodType<ExplainParams> = z.object({
  query: z.string(),
  uri: z.string(),
  startLine: z.int().min(1),
  endLine: z.int().min(1),
  name: z.string().exactOptional(),
  space: z.enum(['code', 'docs']).exactOptional(),
})

export const relatedParams: z.ZodType<RelatedParams> = z.object({
  uri: z.string(),
  line: z.int().min(0),
  limit: z.int().min(1).max(500).exactOptional(),
})

export const tuneParams: z.ZodType<TuneParams> = z.object({
  folder: z.string().exactOptional(),
  nQueries: z.int().min(1).max(MAX_TUNE_QUERIES).exactOptional(),
  workDoneToken: z.union([z.string(), z.number()]).exactOptional(),
})

const network: z.ZodType<NetworkParams> = z.object({
  proxy: z.string().exactOptional(),
  noProxy: z.array(z.string()).exactOptional(),
})

export const modelPlanParams: z.ZodType<ModelPlanParams> = z.object({
  id: z.string().min(1),
  network: network.exactOptional(),
})

export const modelDownloadParams: z.ZodType<ModelDownloadParams> = z.object({
  id: z.string().min(1),
  network: network.exactOptional(),
  revision: z.string(),
  workDoneToken: z.union([z.string(), z.number()]).exactOptional(),
})

export const modelImportParams: z.ZodType<ModelImportParams> = z.object({
  source: z.string().min(1),
  id: z.string().exactOptional(),
})

export const modelRemoveParams: z.ZodType<ModelRemoveParams> = z.object({
  id: z.string().min(1),
  force: z.boolean().exactOptional(),
})

export const indexControlParams: z.ZodType<IndexControlParams> = z
  .object({ folder: z.string().exactOptional() })
  .nullish()
  .transform((params) => params ?? {})

export const noParams: z.ZodType<Record<string, never>> = z
  .looseObject({})
  .nullish()
  .transform(() => ({}))
