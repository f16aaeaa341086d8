import { copyFile, mkdir, mkdtemp, readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { contentKey } from '../../../server/src/base/hash.ts'
import { type Chunker, createChunker } from '../../../server/src/chunk/chunker.ts'
import type { SessionFile } from '../../../server/src/ingest/indexPort.ts'
import { scanFolder } from '../../../server/src/ingest/scanner.ts'
import { bodyText, contextText } from '../../../server/src/ingest/unitText.ts'
import { root } from '../corpus.ts'

/** Some files of a corpus in a folder of their own, with the texts that a build of it encodes. */
export interface Sample {
  folder: string
  files: SessionFile[]
  /** Bodies and contexts, each once. */
  texts: string[]
}

/** Takes samples of a folder: files in an order that is random and always the same, cut when they are wanted. */
export class Sampler {
  readonly #cut = new Map<string, SessionFile>()

  private constructor(
    private readonly folder: string,
    private readonly files: string[],
    private readonly chunker: Chunker,
  ) {}

  static async open(folder: string): Promise<Sampler> {
    const { files } = await scanFolder(folder, { useIgnoreFiles: true, exclude: [] })
    const ordered = files.map((file) => file.path).sort((a, b) => (contentKey(a) < contentKey(b) ? -1 : 1))
    const chunker = await createChunker({ grammarsDirectory: path.join(root, 'server/dist/grammars') })
    return new Sampler(folder, ordered, chunker)
  }

  /** The first files that have `nChars` of text between them. */
  async take(nChars: number): Promise<Sample> {
    const target = await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-sample-'))
    const texts = new Set<string>()
    const files: SessionFile[] = []
    let left = nChars
    for (const file of this.files) {
      if (left <= 0) break
      const own = await this.#cutFile(file)
      if (own.units.length === 0) continue
      files.push(own)
      await mkdir(path.dirname(path.join(target, file)), { recursive: true })
      await copyFile(path.join(this.folder, file), path.join(target, file))
      for (const text of own.units.flatMap((unit) => [bodyText(unit), contextText(file, unit)])) {
        if (texts.has(text)) continue
        texts.add(text)
        left -= text.length
      }
    }
    return { folder: target, files, texts: [...texts] }
  }

  async dispose(): Promise<void> {
    await this.chunker.dispose()
  }

  async #cutFile(file: string): Promise<SessionFile> {
    const known = this.#cut.get(file)
    if (known) return known
    const bytes = await readFile(path.join(this.folder, file))
    const chunked = await this.chunker.chunkFile(file, bytes)
    const cut = { ...chunked, path: file, sizeBytes: bytes.length, mtimeMs: 0, contentHash: '' }
    this.#cut.set(file, cut)
    return cut
  }
}
