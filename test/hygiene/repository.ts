import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const root = path.resolve(import.meta.dirname, '../..')

/** Tracked files and new ones that git does not ignore, relative to the root; all but outputs where git cannot tell. */
export function repositoryFiles(): string[] {
  try {
    const arguments_ = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
    const list = execFileSync('git', arguments_, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return list.split('\0').filter((file) => file !== '' && existsSync(path.join(root, file)))
  } catch {
    return filesBelow('')
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isFile()) return /\.(vsix|tsbuildinfo)$/.test(file) ? [] : [file]
    return entry.isDirectory() && !OUTPUTS.has(entry.name) ? filesBelow(file) : []
  })
}

export const read = (file: string) => readFileSync(path.join(root, file), 'utf8')

/** Source and test code that people write: no fixtures, no data. */
export function codeFiles(): string[] {
  return repositoryFiles().filter((file) => /\.(ts|mts|mjs|py)$/.test(file) && !/^test\/(fixtures|golden)\//.test(file))
}

const OUTPUTS = new Set(['.git', '.vscode-test', 'coverage', 'dist', 'node_modules'])
