import { seededRandom } from '../../../server/src/base/random.ts'
import { UNIT_KINDS } from '../../../server/src/contract/units.ts'
import { FolderView } from '../../../server/src/index/folderView.ts'
import type { FileInput } from '../../../server/src/index/types.ts'

/** A view of made-up files, as a monorepo of packages in several languages has them; the same for the same seed. */
export function syntheticView({
  nFiles,
  nUnits,
  seed = 1,
}: {
  nFiles: number
  nUnits: number
  seed?: number
}): FolderView {
  const random = seededRandom(seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const view = new FolderView()
  for (let i = 0; i < nFiles; i++) {
    const [extension, language] = pick(LANGUAGES)
    const folders = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(FOLDERS))
    const isTest = random() < 0.2
    const path = `packages/p${i % 40}/${isTest ? 'test' : 'src'}/${folders.join('/')}/${pick(WORDS)}${i}${isTest ? '.test' : ''}.${extension}`
    view.putFile(
      fileOf(path, language, Math.round(((i + 1) * nUnits) / nFiles) - Math.round((i * nUnits) / nFiles)),
      () => 0,
    )
  }
  return view

  function fileOf(path: string, language: string, n: number): FileInput {
    const units = Array.from({ length: n }, (_, k) => ({
      kind: pick(UNIT_KINDS),
      name: `unit${k}`,
      container: '',
      startLine: k * 10 + 1,
      endLine: k * 10 + 10,
      nameLine: k * 10 + 1,
      space: language === 'markdown' ? ('docs' as const) : ('code' as const),
      bodyKey: '',
      contextKey: '',
    }))
    return { path, sizeBytes: 1, mtimeMs: 0, contentHash: '', language, outcome: 'ok', units }
  }
}

const LANGUAGES = [
  ['ts', 'typescript'],
  ['py', 'python'],
  ['go', 'go'],
  ['java', 'java'],
  ['md', 'markdown'],
] as const
const FOLDERS = ['api', 'auth', 'core', 'db', 'http', 'io', 'model', 'net', 'parse', 'ui', 'util', 'view']
const WORDS = ['Client', 'Parser', 'Session', 'cache', 'index', 'retry', 'router', 'store', 'token', 'worker']
