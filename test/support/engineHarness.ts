import path from 'node:path'
import { onTestFinished } from 'vitest'
import { type Log, nullLog } from '../../server/src/base/log.ts'
import { defaultSettings, type Settings } from '../../server/src/contract/settings.schema.ts'
import { createEngine } from '../../server/src/engine/engine.ts'
import type { Engine, EngineFolder, SearchOptions } from '../../server/src/engine/types.ts'
import { temporaryFolder, writeFiles } from './temporaryFolder.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

export interface EngineHarness {
  readonly engine: Engine
  readonly folder: string
  readonly storage: string
  write(files: Record<string, string | Uint8Array>): void
  open(changes?: Partial<Settings>): Promise<EngineFolder>
}

/** The real engine, with its threads and processes and the built-in model, on folders of its own. */
export async function engineOn(
  files: Record<string, string | Uint8Array>,
  options: {
    folder?: string
    storage?: string
    log?: Log
    modelIdleMs?: number
    bridgeModel?: string
    bundleDirectory?: string
  } = {},
): Promise<EngineHarness> {
  const folder = options.folder ?? temporaryFolder()
  const storage = options.storage ?? temporaryFolder()
  writeFiles(folder, files)
  const engine = await createEngine({
    storageDirectory: storage,
    modelsDirectory: path.join(ROOT, 'models'),
    bundleDirectory: options.bundleDirectory ?? path.join(ROOT, 'server/dist'),
    log: options.log ?? nullLog,
    ...(options.bridgeModel !== undefined && { bridgeModel: options.bridgeModel }),
    ...(options.modelIdleMs !== undefined && { modelIdleMs: options.modelIdleMs }),
  })
  onTestFinished(() => engine.dispose())
  return {
    engine,
    folder,
    storage,
    write: (more) => writeFiles(folder, more),
    open: (changes = {}) => engine.openFolder(folder, { ...defaultSettings, 'index.threads': 1, ...changes }),
  }
}

/** `path name` of each hit, best first. */
export async function found(opened: EngineFolder, query: string, options: SearchOptions = {}): Promise<string[]> {
  const { hits } = await opened.search(query, options)
  return hits.map((hit) => `${hit.path} ${hit.name}`.trim())
}

/** A small project in three languages. */
export const PROJECT: Record<string, string> = {
  'src/net/attempts.py': `def call_with_backoff(action, attempts=5):
    """Runs action again after growing pauses until it succeeds."""
    for attempt in range(attempts):
        try:
            return action()
        except ConnectionError:
            time.sleep(2 ** attempt)
`,
  'src/auth/credentials.go': `package auth

// HashPassword turns a password into what may be stored.
func HashPassword(password string) (string, error) {
	salt := newSalt()
	return bcrypt.Generate(password, salt)
}

// VerifyPassword compares a password with what was stored.
func VerifyPassword(password, stored string) bool {
	return bcrypt.Compare(stored, password) == nil
}
`,
  'src/settings.ts': `export function readSettings(file: string): Settings {
  // Missing keys fall back to their defaults.
  return { ...defaults, ...JSON.parse(readFileSync(file, 'utf8')) }
}

export class SettingsWatcher {
  private timer: NodeJS.Timeout | undefined
  start(file: string): void {
    this.timer = setInterval(() => this.reload(file), 1000)
  }
}
`,
  'docs/charts.md': '# Charts\n\nColours of the chart are chosen by hand.\n\n## Axes\n\nAn axis starts at zero.\n',
}
