import type { Chunker } from '../chunk/chunker.ts'
import type { FileContent } from './changes.ts'
import { statToKeep } from './fileStat.ts'
import type { SessionFile } from './indexPort.ts'
import type { ScannedFile } from './scanner.ts'

export interface CutDeps {
  chunker: Chunker
  now: () => number
}

/**
 * What becomes of the content of one file. Whatever decides that is done from here: a change of it is one of the rules, by
 * which the files of every index are cut again (`server/build/rules.mjs`).
 */
export async function cutFile(deps: CutDeps, file: ScannedFile, content: FileContent): Promise<SessionFile> {
  const readMs = deps.now()
  const { outcome, language, units } = await deps.chunker.chunkFile(file.path, content.bytes)
  const { path, ...measured } = file
  return { path, ...statToKeep(measured, readMs), contentHash: content.hash, language, outcome, units }
}
