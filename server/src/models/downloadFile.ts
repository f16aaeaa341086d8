import { rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Clock } from '../base/clock.ts'
import { readTextIfThere } from '../base/fsx.ts'
import type { Log } from '../base/log.ts'
import { downloadNetwork, modelChecksum } from '../contract/errorCodes.ts'
import type { HttpClient, HttpResponse } from './http.ts'
import { TransientFailure } from './httpFailure.ts'
import { withRetries } from './retry.ts'
import type { ModelFile } from './types.ts'
import { type FileHashes, hashFile, mismatch } from './verify.ts'

export interface DownloadDependencies {
  http: HttpClient
  clock: Clock
  log: Log
  signal?: AbortSignal
  /** Bytes of this file that are here. Falls where a file has to start anew. */
  onBytes?(doneBytes: number): void
  onRetry?(problem: string, pauseMs: number): void
  onChecking?(): void
}

/**
 * Brings one file into `directory`, whatever of it is there already: a finished one is checked, a cut one continued
 * from `NAME.partial`. Only a file of the expected size and checksum gets its name. After a cancellation or a failure
 * of the network the partial file stays for the next time. Fails with E_MODEL_CHECKSUM, E_DOWNLOAD_*, and the
 * system's own errors.
 */
export async function downloadFile(
  url: URL,
  file: ModelFile,
  directory: string,
  dependencies: DownloadDependencies,
): Promise<FileHashes> {
  const { clock, signal, onRetry, onChecking } = dependencies
  const target = path.join(directory, file.path)
  const partial = new PartialFile(`${target}.partial`)
  const present = await hashFile(target, signal).catch(ignoreMissing)
  if (present && !mismatch(present, file)) return present
  for (let isSecondTry = false; ; isSecondTry = true) {
    let isPieced = (await partial.size()) > 0
    // The furthest byte so far: one who starts over and over gets nowhere.
    let furthest = 0
    await withRetries(() => receive(url, file, partial, dependencies, (at) => (furthest = Math.max(furthest, at))), {
      clock,
      progress: () => furthest,
      onRetry: (problem, pauseMs) => {
        isPieced = true
        onRetry?.(problem, pauseMs)
      },
      ...(signal && { signal }),
    })
    onChecking?.()
    const hashes = await hashFile(partial.file, signal)
    const problem = mismatch(hashes, file)
    if (!problem) {
      partial.forgetTag()
      await rename(partial.file, target)
      return hashes
    }
    await partial.discard()
    // Pieces may not have been of one file. A whole one is the source's fault.
    if (isSecondTry || !isPieced) throw modelChecksum(file.path, problem)
    dependencies.log.warn(`${file.path}: ${problem}; starting it anew`)
  }
}

/** One connection's worth. Returns once all bytes are here; a cut is a `TransientFailure`. */
async function receive(
  url: URL,
  { path: name, sizeBytes }: ModelFile,
  partial: PartialFile,
  { http, signal, onBytes }: DownloadDependencies,
  onReceived: (at: number) => void,
): Promise<void> {
  let at = await partial.size()
  if (at > sizeBytes) {
    await partial.discard()
    at = 0
  }
  onBytes?.(at)
  if (at === sizeBytes && at > 0) return
  const response = await http.send(url, { headers: partial.rangeHeaders(at), ...(signal && { signal }) })
  if (at > 0 && !continues(response, at, sizeBytes, partial.tag)) {
    // A whole file in answer to a range means that it changed, or that this server knows no ranges.
    if (response.status !== 200) {
      await partial.discard()
      throw new TransientFailure(downloadNetwork(url.host, `${name} cannot be continued`), 0)
    }
    at = 0
  }
  const length = response.headers['content-length']
  if (length !== undefined && at + Number(length) !== sizeBytes)
    throw modelChecksum(name, `the server has ${at + Number(length)} bytes, not ${sizeBytes}`)
  partial.setTag(response.headers.etag)
  const handle = await partial.open(at)
  try {
    for await (const chunk of response.body) {
      if (at + chunk.byteLength > sizeBytes) {
        await partial.discard()
        throw modelChecksum(name, `the server sends more than ${sizeBytes} bytes`)
      }
      await write(handle, chunk, at)
      at += chunk.byteLength
      onReceived(at)
      onBytes?.(at)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (at < sizeBytes)
    throw new TransientFailure(downloadNetwork(url.host, `${name} ended after ${at} of ${sizeBytes} bytes`))
}

/** Whether the answer goes on where our part ends, in the file that the part is of. */
function continues({ status, headers }: HttpResponse, at: number, sizeBytes: number, tag: string | undefined) {
  const sameTag = tag === undefined || headers.etag === undefined || headers.etag === tag
  return status === 206 && sameTag && headers['content-range'] === `bytes ${at}-${sizeBytes - 1}/${sizeBytes}`
}

async function write(handle: FileHandle, chunk: Buffer, at: number): Promise<void> {
  for (let done = 0; done < chunk.byteLength; )
    done += (await handle.write(chunk, done, chunk.byteLength - done, at + done)).bytesWritten
}

/** The bytes so far, and beside them the entity tag of what they are bytes of. */
class PartialFile {
  readonly #tagFile: string

  constructor(readonly file: string) {
    this.#tagFile = `${file}.etag`
  }

  async size(): Promise<number> {
    return (await stat(this.file).catch(ignoreMissing))?.size ?? 0
  }

  get tag(): string | undefined {
    return readTextIfThere(this.#tagFile) || undefined
  }

  setTag(tag: string | undefined): void {
    writeFileSync(this.#tagFile, tag ?? '', { mode: 0o600 })
  }

  forgetTag(): void {
    rmSync(this.#tagFile, { force: true })
  }

  /** A weak tag does not promise equal bytes, and If-Range must not carry one (RFC 9110, section 13.1.5). */
  rangeHeaders(at: number): Record<string, string> {
    if (at === 0) return {}
    const tag = this.tag
    return { range: `bytes=${at}-`, ...(tag && !tag.startsWith('W/') && { 'if-range': tag }) }
  }

  /** For writing from `at` on, with nothing behind it. */
  async open(at: number): Promise<FileHandle> {
    const handle = await open(this.file, at > 0 ? 'r+' : 'w', 0o600)
    if (at > 0) await handle.truncate(at)
    return handle
  }

  async discard(): Promise<void> {
    this.forgetTag()
    await rm(this.file, { force: true })
  }
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
  throw error
}
