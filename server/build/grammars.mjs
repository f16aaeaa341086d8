// Copies the tree-sitter runtime and its grammars to where the bundles look for them.
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { repositoryRoot } from './freshness.mjs'

const RUNTIME = 'node_modules/web-tree-sitter/web-tree-sitter.wasm'
const GRAMMARS = 'node_modules/@vscode/tree-sitter-wasm/wasm'

/** Copies only what differs in size or is newer: a repeated build touches nothing. */
export async function copyGrammars(outputRoot = repositoryRoot) {
  const target = path.join(outputRoot, 'server/dist/grammars')
  await mkdir(target, { recursive: true })
  const folder = path.join(repositoryRoot, GRAMMARS)
  const grammars = (await readdir(folder)).filter((name) => /^tree-sitter-.+\.wasm$/.test(name))
  const files = [path.join(repositoryRoot, RUNTIME), ...grammars.map((name) => path.join(folder, name))]
  await Promise.all(files.map((file) => copyIfNewer(file, path.join(target, path.basename(file)))))
}

async function copyIfNewer(from, to) {
  const [source, copy] = await Promise.all([stat(from), stat(to).catch(() => undefined)])
  if (copy && copy.size === source.size && copy.mtimeMs >= source.mtimeMs) return
  await copyFile(from, to)
}
