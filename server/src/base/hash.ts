import { createHash } from 'node:crypto'

/** A 128-bit content key as 22 base64url characters: sha256 over the parts, cut. Parts cannot run into each other. */
export function contentKey(...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    hash.update(`${typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength}:`)
    hash.update(part)
  }
  return hash.digest().subarray(0, 16).toString('base64url')
}

export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex')
}
