import * as z from 'zod'
import { downloadServer, modelInvalid, usageError } from '../contract/errorCodes.ts'
import type { HttpClient } from './http.ts'
import { TransientFailure } from './httpFailure.ts'
import { type KnownModel, REQUIRED_FILES, weightsBeside } from './registry.ts'
import type { DownloadPlan, ModelFile } from './types.ts'

export const HUB_URL = 'https://huggingface.co'

/** A mirror's address, or the hub's. Throws E_USAGE for what is no address. */
export function endpointFrom(mirror: string | undefined, env: Record<string, string | undefined>): URL {
  const text = mirror || env.HF_ENDPOINT || HUB_URL
  try {
    const url = new URL(text.endsWith('/') ? text : `${text}/`)
    if (url.protocol === 'https:' || url.protocol === 'http:') return url
  } catch {
    // As bad as another scheme.
  }
  throw usageError(`${JSON.stringify(text)} is no address of a mirror: it begins with https://.`)
}

/** Where the bytes of a file are; the hub redirects from there to where it keeps them. */
export const fileUrl = (endpoint: URL, repository: string, revision: string, file: string): URL =>
  new URL(`${repository}/resolve/${encodeURIComponent(revision)}/${file}`, endpoint)

/**
 * Asks the hub what `revision` (a branch, tag or commit) of the model is now: its commit, its licence, and size and
 * checksum of each file that we need. A few kilobytes; no file is fetched. A server that gives no checksums there, as
 * some mirrors do, is asked for the headers of each file. Fails with E_MODEL_INVALID where a file is not there, and
 * E_DOWNLOAD_SERVER where its checksum stays unknown.
 */
export async function planFromHub(
  model: KnownModel,
  revision: string,
  { http, endpoint, signal }: { http: HttpClient; endpoint: URL; signal?: AbortSignal },
): Promise<DownloadPlan> {
  const { repository } = model
  const url = new URL(`api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`, endpoint)
  const parsed = infoSchema.safeParse(await http.json(url, signal))
  if (!parsed.success) throw downloadServer(endpoint.host, 'it does not describe the model as the hub does')
  const { sha, siblings, cardData } = parsed.data
  const files: ModelFile[] = []
  const beside = weightsBeside('model_int8.onnx').filter((name) => siblings.some((each) => each.rfilename === name))
  for (const path of [...REQUIRED_FILES, ...beside]) {
    const found = siblings.find(({ rfilename }) => rfilename === path)
    if (!found) throw modelInvalid(`${repository}/${path}`, 'the repository has no such file')
    const known = fileFrom(found)
    files.push(known ?? (await fileFromHeaders(http, fileUrl(endpoint, repository, sha, path), path, signal)))
  }
  return {
    id: model.id,
    repository,
    revision: sha,
    licence: licenceFrom(cardData?.license),
    endpoint: endpoint.origin,
    files,
    isPinned: false,
  }
}

function fileFrom({ rfilename: path, size, blobId, lfs }: z.infer<typeof siblingSchema>): ModelFile | undefined {
  if (lfs) return { path, sizeBytes: lfs.size, sha256: lfs.sha256 }
  return size !== undefined && blobId !== undefined ? { path, sizeBytes: size, gitOid: blobId } : undefined
}

/** The hub's first answer names size and checksum of the file, even where it then leads elsewhere. */
async function fileFromHeaders(
  http: HttpClient,
  url: URL,
  path: string,
  signal: AbortSignal | undefined,
): Promise<ModelFile> {
  const { headers } = await http.send(url, { method: 'HEAD', stayOnHost: true, ...(signal && { signal }) })
  const tag = single(headers['x-linked-etag'] ?? headers.etag)?.replace(/^W\/|"/g, '') ?? ''
  const sizeBytes = Number(single(headers['x-linked-size'] ?? headers['content-length']) ?? Number.NaN)
  if (!Number.isSafeInteger(sizeBytes)) throw downloadServer(url.host, `it does not tell the size of ${path}`)
  if (SHA256.test(tag)) return { path, sizeBytes, sha256: tag }
  if (SHA1.test(tag)) return { path, sizeBytes, gitOid: tag }
  throw downloadServer(url.host, `it does not tell the checksum of ${path}`)
}

const single = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

const licenceFrom = (licence: string | string[] | null | undefined) =>
  (Array.isArray(licence) ? licence.join(', ') : licence) ?? null

/** For callers that do not try again: what a failed attempt means to the user. */
export const finalFailure = (error: unknown): unknown => (error instanceof TransientFailure ? error.failure : error)

const SHA256 = /^[0-9a-f]{64}$/
const SHA1 = /^[0-9a-f]{40}$/

const siblingSchema = z.object({
  rfilename: z.string(),
  size: z.number().int().min(0).optional(),
  blobId: z.string().regex(SHA1).optional(),
  lfs: z.object({ size: z.number().int().min(0), sha256: z.string().regex(SHA256) }).nullish(),
})

const infoSchema = z.object({
  sha: z.string().regex(SHA1),
  siblings: z.array(siblingSchema),
  cardData: z.object({ license: z.union([z.string(), z.array(z.string())]).nullish() }).nullish(),
})
