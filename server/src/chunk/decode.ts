import { normalText } from '../base/normalText.ts'

/** Text of a file with '\n' line ends and no byte order mark, or why there is none. */
export type Decoded = { text: string } | { problem: 'binary' | 'not-utf8' }

/** UTF-8, or UTF-16 where a byte order mark says so. A NUL among the first 8 KB means binary. Never throws. */
export function decodeText(bytes: Uint8Array): Decoded {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : ''
  if (!utf16 && bytes.subarray(0, SNIFFED_BYTES).includes(0)) return { problem: 'binary' }
  try {
    const text = new TextDecoder(utf16 || 'utf-8', { fatal: true }).decode(bytes)
    return { text: normalText(text) }
  } catch {
    return { problem: 'not-utf8' }
  }
}

const SNIFFED_BYTES = 8192
