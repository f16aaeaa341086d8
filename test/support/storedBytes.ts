import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Files at and below a folder whose bytes hold the word, in any case, in UTF-8 or UTF-16; paths relative to it. */
export function filesHolding(folder: string, word: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const files = entries.map((entry) => path.join(entry.parentPath, entry.name))
  return files.filter((file) => holds(readFileSync(file), word)).map((file) => path.relative(folder, file))
}

function holds(bytes: Buffer, word: string): boolean {
  const lower = Buffer.from(bytes.map((byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte)))
  return lower.includes(word.toLowerCase()) || lower.includes(Buffer.from(word.toLowerCase(), 'utf16le'))
}
