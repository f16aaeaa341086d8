import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Files at and below a folder whose bytes hold the word, in any case, in UTF-8 or UTF-16; paths relative to it. */
export function filesHolding(folder: string, word: string): string[] {
  return filesBelow(folder)
    .filter((file) => holds(bytesOf(file), word))
    .map((file) => path.relative(folder, file))
}

/** Those of the words that are in any file at or below a folder. */
export function wordsIn(folder: string, words: readonly string[]): Set<string> {
  const all = filesBelow(folder).map(bytesOf)
  return new Set(words.filter((word) => all.some((bytes) => holds(bytes, word))))
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return entries.map((entry) => path.join(entry.parentPath, entry.name))
}

/** In lower case; what is compressed as it is inside, too. */
function bytesOf(file: string): Buffer {
  const bytes = readFileSync(file)
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b
  const all = isCompressed ? Buffer.concat([bytes, gunzipSync(bytes)]) : bytes
  return Buffer.from(all.map((byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte)))
}

function holds(lowerBytes: Buffer, word: string): boolean {
  const lower = word.toLowerCase()
  return lowerBytes.includes(lower) || lowerBytes.includes(Buffer.from(lower, 'utf16le'))
}
