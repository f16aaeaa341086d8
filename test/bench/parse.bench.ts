import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createChunker } from '../../server/src/chunk/chunker.ts'
import { scanFolder } from '../../server/src/ingest/scanner.ts'
import { root } from './corpus.ts'
import { report } from './report.ts'

/**
 * How fast are a folder's files found, and cut into units on one thread? Argument: the folder. The second of two
 * rounds counts, so that loading and compiling the grammars, which each session does once, stands apart.
 */
const corpus = path.resolve(process.argv.slice(2).find((arg) => !arg.startsWith('--')) ?? root)

const scanStartedMs = performance.now()
const { files } = await scanFolder(corpus, { useIgnoreFiles: true, exclude: [], maxFileSizeBytes: 1024 * 1024 })
const scanMs = performance.now() - scanStartedMs

const contents = await Promise.all(files.map((file) => readFile(path.join(corpus, file.path))))
const sizeBytes = contents.reduce((sum, bytes) => sum + bytes.byteLength, 0)
const chunker = await createChunker({ grammarsDirectory: path.join(root, 'server/dist/grammars') })

async function round(): Promise<{ ms: number; nUnits: number; slowestMs: number }> {
  const startedMs = performance.now()
  let nUnits = 0
  let slowestMs = 0
  for (const [i, file] of files.entries()) {
    const fileStartedMs = performance.now()
    nUnits += (await chunker.chunkFile(file.path, contents[i]!)).units.length
    slowestMs = Math.max(slowestMs, performance.now() - fileStartedMs)
  }
  return { ms: performance.now() - startedMs, nUnits, slowestMs }
}

const first = await round()
const second = await round()
await chunker.dispose()

report({
  bench: 'parse',
  corpus: path.basename(corpus),
  figures: {
    files: files.length,
    megabytes: sizeBytes / 1e6,
    units: second.nUnits,
    scan_ms: scanMs,
    first_round_ms: first.ms,
    second_round_ms: second.ms,
    megabytes_per_s: sizeBytes / 1e3 / second.ms,
    slowest_file_ms: second.slowestMs,
  },
})
