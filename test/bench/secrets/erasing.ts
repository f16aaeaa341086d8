import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, renameSync, unlinkSync } from 'node:fs'
import path from 'node:path'
import { wordsIn } from '../../support/storedBytes.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'
import { uniqueWord, withIndexed } from './engine.ts'

/** Words of texts that are gone and yet in a file of the storage folder; tokens that a switch of branch encodes. */
export async function erasing(scratch: string): Promise<Record<string, number>> {
  const folder = path.join(scratch, 'folder')
  const worktree = path.join(scratch, 'worktree')
  const storage = path.join(scratch, 'storage')
  mkdirSync(folder, { recursive: true })
  const words = Array.from({ length: N_FILES }, (_, i) => uniqueWord(10_000 + i))
  const fileOf = (i: number) => `src/${i}/${words[i]}.ts`
  writeFiles(folder, Object.fromEntries(words.map((word, i) => [fileOf(i), textOf(word, i)])))
  git(folder, 'init', '-q')
  commitAll(folder)
  const index = (of = folder) => withIndexed({ folder: of, storage }, async (_, nEncoded) => nEncoded)
  await index()
  const nBefore = wordsIn(storage, words).size

  git(folder, 'checkout', '-qb', 'other')
  for (let i = 0; i < 10; i++) git(folder, 'rm', '-q', fileOf(i))
  commitAll(folder)
  let branchEncoded = await index()
  let found = wordsIn(storage, words.slice(0, 10)).size
  git(folder, 'checkout', '-q', '-')
  branchEncoded += await index()

  // One shares files with the other, and has none of what is deleted there.
  git(folder, 'worktree', 'add', '-q', worktree, 'other')
  await index(worktree)
  const gone = words.slice(0, 10)
  for (let i = 0; i < 8; i++) unlinkSync(path.join(folder, fileOf(i)))
  appendFileSync(path.join(folder, '.lateralignore'), `src/8/\n`)
  renameSync(path.join(folder, fileOf(9)), path.join(folder, '.git-credentials'))
  await index()
  await index(worktree)
  found += wordsIn(storage, gone).size

  const edited = words.slice(10, 20)
  for (let i = 10; i < 20; i++) {
    for (const of of [folder, worktree]) writeFiles(of, { [fileOf(i)]: 'export const nothing = 1\n' })
  }
  await index()
  await index(worktree)
  const bodies = edited.map((word) => `finish${word}`)
  found += wordsIn(storage, bodies).size
  return { words_before: nBefore, erased_words_found: found, branch_encoded: branchEncoded }
}

const textOf = (word: string, i: number) =>
  `/** Number ${i} of many. */\nexport function ${word}(value: number): number {\n  return finish${word}(value + ${i})\n}\n`

function commitAll(folder: string): void {
  git(folder, 'add', '-A')
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'x')
}

const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-C', folder, ...IDENTITY, ...args], { stdio: 'pipe' })
const IDENTITY = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false']
const N_FILES = 40
