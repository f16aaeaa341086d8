import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const FIXTURE = path.resolve(import.meta.dirname, '../../fixtures/workspace')

export interface Workspace {
  folder: string
  storageDirectory: string
  write(file: string, text: string): string
  remove(): void
}

/** A copy of the fixture, or an empty folder, with a storage folder beside it. */
export function temporaryWorkspace({ isEmpty = false } = {}): Workspace {
  const root = mkdtempSync(path.join(tmpdir(), 'lateral-lsp-'))
  const folder = path.join(root, 'workspace')
  if (isEmpty) mkdirSync(folder)
  else cpSync(FIXTURE, folder, { recursive: true })
  return {
    folder,
    storageDirectory: path.join(root, 'storage'),
    write(file, text) {
      const target = path.join(folder, file)
      mkdirSync(path.dirname(target), { recursive: true })
      writeFileSync(target, text)
      return target
    },
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  }
}
