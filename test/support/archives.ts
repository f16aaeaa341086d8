import { gzipSync } from 'node:zlib'
import { Header } from 'tar'
import { crc32 } from '../../server/src/base/crc32.ts'

/** What an archive is asked to hold, honest or not. */
export interface Packed {
  path: string
  content?: Buffer | string
  /** A tar type, such as `SymbolicLink`. */
  type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice'
  linkpath?: string
  /** Unix mode of a zip entry, file type included. */
  mode?: number
  /** What a zip entry says its size is. */
  claimedSize?: number
}

export function tarGz(entries: Packed[]): Buffer {
  return gzipSync(tar(entries))
}

export function tar(entries: Packed[]): Buffer {
  const parts = entries.flatMap(({ path, content = '', type = 'File', linkpath }) => {
    const data = Buffer.from(content)
    const block = Buffer.alloc(512)
    new Header({
      path,
      type,
      size: data.byteLength,
      mode: 0o644,
      mtime: new Date(0),
      ...(linkpath && { linkpath }),
    }).encode(block)
    return [block, data, Buffer.alloc((512 - (data.byteLength % 512)) % 512)]
  })
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

/** Stored, not deflated (APPNOTE.TXT 4.3). */
export function zip(entries: Packed[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { path, content = '', mode = 0o100644, claimedSize } of entries) {
    const data = Buffer.from(content)
    const name = Buffer.from(path)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt32LE(crc32(data) >>> 0, 10)
    common.writeUInt32LE(data.byteLength, 14)
    common.writeUInt32LE(claimedSize ?? data.byteLength, 18)
    common.writeUInt16LE(name.byteLength, 22)
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, name, data])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE((mode << 16) >>> 0, 6)
    tail.writeUInt32LE(at, 10)
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 3]), common, tail, name]))
    locals.push(local)
    at += local.byteLength
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(central.byteLength, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, central, end])
}
