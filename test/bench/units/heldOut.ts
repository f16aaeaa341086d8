import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Chunker, createChunker } from '../../../server/src/chunk/chunker.ts'
import type { Unit } from '../../../server/src/contract/units.ts'
import { scanFolder } from '../../../server/src/ingest/scanner.ts'
import { root } from '../corpus.ts'
import {
  type CutFile,
  candidateTargets,
  draw,
  isDeclaration,
  namedTargets,
  sharesNoStem,
  type Target,
} from './questions.ts'

export interface HeldOut {
  /** A copy of the corpus in which no declaration has a doc comment. */
  folder: string
  /** Samples of functions, of types, and of functions that share no stem with their question. */
  functions: Target[]
  types: Target[]
  unshared: Target[]
  /** A sample of functions and types, asked for by name. */
  names: Target[]
}

/**
 * Copies a corpus without the comments above its declarations: with the targets' alone gone, a neighbour that does nearly
 * the same would win by its own. Lines keep their numbers. The copy is cut again, and a declaration stays a target only if
 * it is still one unit and its question is no longer in it.
 */
export async function holdOut(
  corpus: string,
  copy: string,
  options: { nTargets: number; random: () => number },
): Promise<HeldOut> {
  const chunker = await createChunker({ grammarsDirectory: path.join(root, 'server/dist/grammars') })
  try {
    const before: CutFile[] = []
    const after = new Map<string, Unit[]>()
    await rm(copy, { recursive: true, force: true })
    for (const file of (await scanFolder(corpus, { useIgnoreFiles: true, exclude: [] })).files) {
      const text = await readFile(path.join(corpus, file.path), 'utf8')
      const units = await cut(chunker, file.path, text)
      const bare = withoutComments(text, units)
      before.push({ path: file.path, units })
      after.set(file.path, await cut(chunker, file.path, bare))
      const target = path.join(copy, file.path)
      await mkdir(path.dirname(target), { recursive: true })
      await writeFile(target, bare)
    }
    const held = candidateTargets(before).flatMap((target) => {
      const unit = after.get(target.path)!.find((each) => each.nameLine === target.nameLine && isDeclaration(each))
      if (unit?.doc !== '' || flat(unit.text).includes(flat(target.question))) return []
      const { startLine, endLine, text } = unit
      return [{ target: { ...target, startLine, endLine }, isUnshared: sharesNoStem(target.question, text) }]
    })
    const sample = (of: typeof held) => draw(of, options.nTargets, options.random).map(({ target }) => target)
    const functions = held.filter(({ target }) => !target.isType)
    return {
      folder: copy,
      functions: sample(functions),
      types: sample(held.filter(({ target }) => target.isType)),
      unshared: sample(functions.filter(({ isUnshared }) => isUnshared)),
      names: draw(namedTargets([...after].map(([path, units]) => ({ path, units }))), options.nTargets, options.random),
    }
  } finally {
    await chunker.dispose()
  }
}

/** The text with blank lines in place of the comments above declared names; annotations between them stay. */
function withoutComments(text: string, units: readonly Unit[]): string {
  const lines = text.split('\n')
  for (const { startLine, nameLine } of units.filter(isDeclaration)) {
    let inBlock = false
    for (let line = startLine - 1; line < nameLine - 1; line++) {
      const content = lines[line]!.trim()
      if (BLOCK_START.test(content)) inBlock = true
      if (inBlock || LINE_COMMENT.test(content)) lines[line] = ''
      if (BLOCK_END.test(content)) inBlock = false
    }
  }
  return lines.join('\n')
}

const cut = async (chunker: Chunker, file: string, text: string): Promise<Unit[]> =>
  (await chunker.chunkFile(file, Buffer.from(text))).units

const flat = (text: string) => text.replace(/[^\p{L}\p{N}]+/gu, ' ').toLowerCase()

const BLOCK_START = /^(?:\/\*|\{-|--\[\[|=begin)/
const BLOCK_END = /(?:\*\/|-\}|\]\]|^=end)$/
const LINE_COMMENT = /^(?:\/\/|#(?![[!])|--|\*)/
