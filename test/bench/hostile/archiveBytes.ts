import { constants, deflateRawSync, gzipSync } from 'node:zlib'
import { crc32 } from '../../../server/src/base/crc32.ts'

/** A zip entry as its bytes say, honest or not. */
export interface ZipEntry {
  name: string | Buffer
  content?: Buffer
  /** What stands in the archive for the content; stored as it is where absent. */
  packed?: Buffer
  method?: number
  flags?: number
  crc?: number
  packedSize?: number
  size?: number
  /** Unix mode with its type. */
  mode?: number
  /** Of the entry in the directory alone, where the two are to differ. */
  directoryName?: string
  offset?: number
}

/** A zip of these entries (APPNOTE.TXT 4.3), with nothing checked. */
export function zipOf(
  entries: ZipEntry[],
  options: { comment?: Buffer; nEntries?: number; head?: Buffer } = {},
): Buffer {
  const { comment = Buffer.alloc(0), head = Buffer.alloc(0) } = options
  const locals: Buffer[] = [head]
  const directory: Buffer[] = []
  let at = head.byteLength
  for (const entry of entries) {
    const { content = Buffer.alloc(0), method = entry.packed ? 8 : 0, flags = 0, mode = 0o100644 } = entry
    const packed = entry.packed ?? content
    const name = Buffer.from(entry.name as string)
    const directoryName = entry.directoryName === undefined ? name : Buffer.from(entry.directoryName)
    const common = (nameBytes: number) => {
      const fields = Buffer.alloc(26)
      fields.writeUInt16LE(20, 0)
      fields.writeUInt16LE(flags, 2)
      fields.writeUInt16LE(method, 4)
      fields.writeUInt32LE((entry.crc ?? crc32(content)) >>> 0, 10)
      fields.writeUInt32LE(entry.packedSize ?? packed.byteLength, 14)
      fields.writeUInt32LE(entry.size ?? content.byteLength, 18)
      fields.writeUInt16LE(nameBytes, 22)
      return fields
    }
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common(name.byteLength), name, packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE((mode << 16) >>> 0, 6)
    tail.writeUInt32LE((entry.offset ?? at) >>> 0, 10)
    const lead = Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 3])])
    directory.push(Buffer.concat([lead, common(directoryName.byteLength), tail, directoryName]))
    locals.push(local)
    at += local.byteLength
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006')
  end.writeUInt16LE((options.nEntries ?? entries.length) & 0xffff, 8)
  end.writeUInt16LE((options.nEntries ?? entries.length) & 0xffff, 10)
  end.writeUInt32LE(central.byteLength, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(comment.byteLength, 20)
  return Buffer.concat([...locals, central, end, comment])
}

export const deflated = (name: string, content: Buffer): ZipEntry => ({
  name,
  content,
  packed: deflateRawSync(content),
})

/** Zeros, deflated: `n` times 64 MB of them in some 64 KB each, made without ever holding them. */
export function deflatedZeros(n: number): { packed: Buffer; size: number } {
  const step = 64 * 2 ** 20
  // A full flush forgets what came before, so that the same bytes may follow each other.
  const part = deflateRawSync(Buffer.alloc(step), { finishFlush: constants.Z_FULL_FLUSH, level: 9 })
  const last = deflateRawSync(Buffer.alloc(0))
  return { packed: Buffer.concat([...Array.from({ length: n }, () => part), last]), size: n * step }
}

/** The same as a gzip of one tar entry of that size. */
export function gzippedTarOfZeros(name: string, n: number): Buffer {
  const size = n * 64 * 2 ** 20
  const head = gzipSync(tarHeader({ name, size }))
  const part = gzipSync(Buffer.alloc(64 * 2 ** 20), { level: 9 })
  return Buffer.concat([head, ...Array.from({ length: n }, () => part), gzipSync(Buffer.alloc(1024))])
}

export interface TarEntry {
  name: string
  /** In octal where it is a number. */
  size: number | string
  type?: string
  link?: string
  content?: Buffer
  checksum?: string
  mode?: string
}

/** A ustar header, with nothing checked. */
export function tarHeader({ name, size, type = '0', link = '', checksum, mode = '0000644' }: TarEntry): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0, 100, 'latin1')
  header.write(`${mode}\0`, 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(typeof size === 'string' ? size : `${size.toString(8).padStart(11, '0')}\0`, 124, 12, 'latin1')
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(link, 157, 100, 'latin1')
  header.write('ustar\0' + '00', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** A tar of these entries, padded and ended as it should be. */
export function tarOf(entries: TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = entry.content ?? Buffer.alloc(0)
    return [tarHeader(entry), content, Buffer.alloc((512 - (content.byteLength % 512)) % 512)]
  })
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

/** A record of a pax header: its length counts itself. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return `${length}${rest}`
}
