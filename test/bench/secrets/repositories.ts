import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createChunker } from '../../../server/src/chunk/chunker.ts'
import { decodeText } from '../../../server/src/chunk/decode.ts'
import { languageOf } from '../../../server/src/chunk/languages.ts'
import { findSecrets } from '../../../server/src/chunk/secrets/findSecrets.ts'
import { isSecretPath } from '../../../server/src/ingest/secretNames.ts'
import { root } from '../corpus.ts'

/** Source files that a rule about secrets leaves out, or a part of; how fast texts are looked through. */
export async function sourceFilesLost(own: string, corpora: string | undefined): Promise<Record<string, number>> {
  const folders = [own, ...(corpora ? readdirSync(corpora).map((name) => path.join(corpora, name)) : [])]
  const chunker = await createChunker({ grammarsDirectory: path.join(root, 'server/dist/grammars') })
  const figures = { repositories: 0, source_files: 0, source_files_lost: 0, exceptions: 0 }
  let ms = 0
  let chars = 0
  for (const folder of folders.filter((each) => lstatSync(each).isDirectory())) {
    figures.repositories++
    for (const file of filesOf(folder)) {
      if (!isSource(file)) continue
      const bytes = readFileSync(path.join(folder, file))
      const decoded = decodeText(bytes)
      if (bytes.length > MAX_BYTES || 'problem' in decoded) continue
      figures.source_files++
      const startedMs = performance.now()
      const found = findSecrets(decoded.text, file)
      ms += performance.now() - startedMs
      chars += decoded.text.length
      const isLost = isSecretPath(file) || (await chunker.chunkFile(file, bytes)).outcome === 'holds-secret'
      if (!isLost) continue
      const why = isSecretPath(file) ? 'its name' : found.map(({ rule }) => rule).join(', ')
      const place = `${path.basename(folder)}/${file}`
      const reason = EXCEPTIONS[place]
      if (reason) figures.exceptions++
      else figures.source_files_lost++
      console.error(`${reason ? 'rightly left out, in part' : 'lost'}: ${place} (${why})${reason ? `: ${reason}` : ''}`)
    }
  }
  await chunker.dispose()
  return { ...figures, scan_mb_per_s: chars / 1000 / ms }
}

/** What git says; a folder that is unpacked from git's archive is all of it. */
function filesOf(folder: string): string[] {
  if (existsSync(path.join(folder, '.git'))) {
    const listed = execFileSync('git', ['-C', folder, 'ls-files', '-z'], { maxBuffer: 2 ** 28, encoding: 'utf8' })
    return listed.split('\0').filter((file) => file !== '' && isFile(path.join(folder, file)))
  }
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.map((name) => name.replaceAll(path.sep, '/')).filter((file) => isFile(path.join(folder, file)))
}

const isFile = (file: string) => lstatSync(file, { throwIfNoEntry: false })?.isFile() === true
/** Of a language whose declarations are known. */
const isSource = (file: string) => ['tree', 'patterns'].includes(languageOf(file).structure)
const MAX_BYTES = 1024 * 1024

/** Secrets in source files, or what nobody could tell from one, by repository and path. */
const EXCEPTIONS: Record<string, string> = {
  'zod/packages/zod/src/v4/mini/tests/string.test.ts': 'a whole, signed JSON Web Token',
}
