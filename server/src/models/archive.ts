import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Parser, type ReadEntry } from 'tar'
import { openPromise, type ZipFile } from 'yauzl'
import { throwIfAborted } from '../base/cancel.ts'
import { AppError, isCancelled } from '../base/errors.ts'
import { isDiskFull } from '../base/fsx.ts'
import { diskFull, modelInvalid } from '../contract/errorCodes.ts'

export interface UnpackLimits {
  /** Unpacked, in all. */
  maxBytes: number
  maxEntries: number
  /** Unpacked bytes for each of the archive, once there are `ratioFromBytes` of them; any ratio where absent. */
  maxRatio?: number
  ratioFromBytes?: number
}

/**
 * More than any model of this kind has; an archive that unpacks to more is no model. Weights are packed to a half or a
 * third, not to a two-hundredth.
 */
export const UNPACK_LIMITS: UnpackLimits = { maxBytes: 8e9, maxEntries: 10_000, maxRatio: 200, ratioFromBytes: 64e6 }

/**
 * Unpacks the model in a `.zip`, `.tar`, or `.tar.gz` (told by its first bytes) into the empty `directory`: of all
 * files those that `isWanted` names, without the folders around them. An archive is not to be trusted: paths that lead
 * out, links, devices, twins and more than `limits` allow, as said or as found, make it fail with E_MODEL_INVALID. So does a damaged one.
 */
export async function unpackArchive(
  file: string,
  directory: string,
  isWanted: (name: string) => boolean,
  { limits = UNPACK_LIMITS, signal }: { limits?: UnpackLimits; signal?: AbortSignal } = {},
): Promise<void> {
  try {
    const { size } = await stat(file)
    const unpacker = new Unpacker({ file, size }, directory, isWanted, limits, signal)
    if (await isZip(file)) await readZip(file, unpacker)
    else await readTar(file, unpacker, signal)
    await unpacker.finish()
  } catch (error) {
    if (error instanceof AppError || isCancelled(error)) throw error
    if (isDiskFull(error)) throw diskFull(directory, error)
    throw modelInvalid(file, `it cannot be unpacked (${(error as Error).message})`, error)
  }
}

interface Entry {
  path: string
  kind: 'file' | 'folder' | 'other'
  /** Bytes that will have to be unpacked, by its own word. */
  claimedBytes: number
  content(): AsyncIterable<Buffer> | Promise<AsyncIterable<Buffer>>
}

/** Judges and writes one entry after the other. */
class Unpacker {
  readonly #folders = new Map<string, string>()
  #nEntries = 0
  #nBytes = 0
  #nClaimedBytes = 0

  constructor(
    private readonly archive: { file: string; size: number },
    private readonly directory: string,
    private readonly isWanted: (name: string) => boolean,
    private readonly limits: UnpackLimits,
    private readonly signal: AbortSignal | undefined,
  ) {}

  wants(entryPath: string): boolean {
    return this.isWanted(path.posix.basename(entryPath))
  }

  async add({ path: entryPath, kind, claimedBytes, content }: Entry): Promise<void> {
    throwIfAborted(this.signal)
    if (++this.#nEntries > this.limits.maxEntries) this.refuse('it holds too many files')
    if (leadsOut(entryPath))
      this.refuse(`it holds the path ${JSON.stringify(entryPath)}, which leads out of its folder`)
    if (kind === 'other') this.refuse(`${JSON.stringify(entryPath)} in it is neither a file nor a folder`)
    this.#nClaimedBytes += claimedBytes
    this.#checkRatio(this.#nClaimedBytes)
    const { dir, base } = path.posix.parse(path.posix.normalize(entryPath))
    if (kind !== 'file' || !this.isWanted(base)) return
    // Twins fail: `wx` refuses a file that is there.
    const handle = await open(path.join(await this.#folderFor(dir), base), 'wx', 0o600)
    try {
      await this.#write(handle, await content())
    } finally {
      await handle.close()
    }
  }

  /** The folder with the configuration is the model; its files move to where they belong. */
  async finish(): Promise<void> {
    const found: string[] = []
    for (const folder of this.#folders.values()) if ((await readdir(folder)).includes(CONFIG_FILE)) found.push(folder)
    if (found.length > 1) this.refuse('it holds more than one model')
    const [model] = found
    for (const name of model ? await readdir(model) : [])
      await rename(path.join(model ?? '', name), path.join(this.directory, name))
    for (const folder of this.#folders.values()) await rm(folder, { recursive: true, force: true })
    if (!model) this.refuse(`it holds no ${CONFIG_FILE}`)
  }

  refuse(problem: string): never {
    throw modelInvalid(this.archive.file, problem)
  }

  async #write(handle: FileHandle, content: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of content) {
      throwIfAborted(this.signal)
      this.#nBytes += chunk.byteLength
      if (this.#nBytes > this.limits.maxBytes) this.refuse('it unpacks to more than a model can have')
      this.#checkRatio(this.#nBytes)
      for (let at = 0; at < chunk.byteLength; ) at += (await handle.write(chunk, at)).bytesWritten
    }
    await handle.sync()
  }

  /** A small file must not take the disk, or a minute to be looked through. */
  #checkRatio(nBytes: number): void {
    const { maxRatio = Number.POSITIVE_INFINITY, ratioFromBytes = 0 } = this.limits
    if (nBytes > ratioFromBytes && nBytes > maxRatio * this.archive.size)
      this.refuse(`it unpacks to more than ${maxRatio} times its size`)
  }

  /** Under a number: names of folders in an archive reach no disk. */
  async #folderFor(dir: string): Promise<string> {
    let folder = this.#folders.get(dir)
    if (folder === undefined) {
      if (this.#folders.size >= MAX_FOLDERS) this.refuse('it holds too many folders')
      folder = path.join(this.directory, `.${this.#folders.size}`)
      this.#folders.set(dir, folder)
      await mkdir(folder, { mode: 0o700 })
    }
    return folder
  }
}

async function readTar(file: string, unpacker: Unpacker, signal: AbortSignal | undefined): Promise<void> {
  let failure: unknown
  let work = Promise.resolve()
  const open = new Set<ReadEntry>()
  const parser = new Parser({
    strict: true,
    onReadEntry(entry: ReadEntry) {
      const kind = FILE_TYPES.has(entry.type) ? 'file' : entry.type === 'Directory' ? 'folder' : 'other'
      open.add(entry)
      const added = work.then(() =>
        unpacker.add({ path: entry.path, kind, claimedBytes: entry.size, content: () => contentOf(entry) }),
      )
      work = added
        .catch((error) => {
          failure ??= error
        })
        .finally(() => open.delete(entry))
      // What nobody reads would hold up all that follows.
      void work.then(() => entry.resume())
    },
  })
  parser.on('error', (error: unknown) => {
    failure ??= error
  })
  const ended = once(parser, 'end')
  ended.catch(() => {})
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
      throwIfAborted(signal)
      if (failure) throw failure
      if (!parser.write(chunk)) await Promise.race([once(parser, 'drain'), ended])
    }
    if (failure) throw failure
    parser.end()
    await ended
  } catch (error) {
    // Nothing may still be written when the caller deletes the folder.
    for (const entry of open) entry.destroy()
    await work
    throw error
  }
  await work
  if (failure) throw failure
}

/** What was given up before it was read would be waited for without end. */
async function* contentOf(entry: ReadEntry): AsyncGenerator<Buffer> {
  if (entry.destroyed) throw new Error('it is cut off')
  yield* entry
}

async function readZip(file: string, unpacker: Unpacker): Promise<void> {
  const zip: ZipFile = await openPromise(file, { autoClose: false, strictFileNames: true })
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) unpacker.refuse('it is encrypted')
      // The upper half is the Unix mode, where whoever packed it wrote one.
      const type = (entry.externalFileAttributes >>> 16) & S_IFMT
      const isFolder = entry.fileName.endsWith('/')
      const isPlain = type === 0 || type === S_IFREG || type === S_IFDIR
      const kind = !isPlain ? 'other' : isFolder ? 'folder' : 'file'
      // What is not wanted is passed over, not unpacked.
      const claimedBytes = unpacker.wants(entry.fileName) ? entry.uncompressedSize : 0
      const content = () => zip.openReadStreamPromise(entry)
      await unpacker.add({ path: entry.fileName, kind, claimedBytes, content })
    }
  } finally {
    zip.close()
  }
}

async function isZip(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.toString('latin1') === 'PK\u0003\u0004'
  } finally {
    await handle.close()
  }
}

const leadsOut = (text: string) =>
  text.includes('\\') || text.includes('\0') || /^([A-Za-z]:|\/)/.test(text) || text.split('/').includes('..')

const CONFIG_FILE = 'onnx_config.json'
const FILE_TYPES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile'])
const MAX_FOLDERS = 16
const S_IFMT = 0o170000
const S_IFREG = 0o100000
const S_IFDIR = 0o040000
