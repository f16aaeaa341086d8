import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const FIXTURE = path.resolve(import.meta.dirname, '../../fixtures/workspace')

/** A copy of the fixture that a test may change, and a folder for its index. Both go with `remove`. */
export function temporaryWorkspace() {
  const root = mkdtempSync(path.join(tmpdir(), 'lateral-e2e-'))
  const folder = path.join(root, 'workspace')
  cpSync(FIXTURE, folder, { recursive: true })
  return {
    folder,
    storageDirectory: path.join(root, 'storage'),
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  }
}
