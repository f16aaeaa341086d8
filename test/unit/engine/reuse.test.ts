import { cpSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createHarness, type SessionHarness } from '../../support/sessionHarness.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const goFile = (name: string, words: string[]) =>
  `package ${name}\n\n${words.map((word) => `func ${word}Of${name}() {\n\t${word}()\n\tfinish${word}()\n}\n`).join('\n')}`
const FILES: Record<string, string> = Object.fromEntries(
  ['net', 'auth', 'draw', 'store'].map((name) => [
    `pkg/${name}/${name}.go`,
    goFile(
      name,
      ['open', 'read', 'merge', 'flush', 'sort'].map((word) => `${word}${name}`),
    ),
  ]),
)

/** Bodies among the texts that `work` encoded: contexts name a place, and a new place is a new text. */
async function bodiesEncoded(harness: SessionHarness, work: () => void): Promise<string[]> {
  const before = harness.encoded.length
  work()
  await harness.update()
  return harness.encoded.slice(before).filter((text) => text.includes('finish'))
}

/** A harness on a built index of `FILES`. */
async function built(): Promise<SessionHarness> {
  const harness = await createHarness()
  writeFiles(harness.folder, FILES)
  expect((await bodiesEncoded(harness, () => {})).length).toBe(20)
  return harness
}

describe('text that was seen before is not encoded again', () => {
  /** `change` brings no new text: nothing is encoded but contexts, and everything is found in its new place. */
  async function check(change: (folder: string) => void, found: { query: string; path: string }) {
    const harness = await built()
    expect(await bodiesEncoded(harness, () => change(harness.folder))).toEqual([])
    const hits = await harness.search(found.query)
    expect(hits[0]).toMatchObject({ path: found.path })
    expect(harness.session.stats().nPendingFiles).toBe(0)
  }
  const inFolder = (name: string) => (folder: string) => path.join(folder, name)

  it('after a rename', () =>
    check((folder) => renameSync(inFolder('pkg/net/net.go')(folder), inFolder('pkg/net/wire.go')(folder)), {
      query: 'mergenetOfnet',
      path: 'pkg/net/wire.go',
    }))
  it('after the move of a folder', () =>
    check((folder) => renameSync(inFolder('pkg/auth')(folder), inFolder('login')(folder)), {
      query: 'readauthOfauth',
      path: 'login/auth.go',
    }))
  it('after a copy', () =>
    check((folder) => cpSync(inFolder('pkg/draw')(folder), inFolder('copy')(folder), { recursive: true }), {
      query: 'copy readdrawOfdraw',
      path: 'copy/draw.go',
    }))

  it('after a switch of branch and back', async () => {
    const harness = await built()
    const other = { 'pkg/net/net.go': goFile('net', ['probe', 'ping']), 'new.go': goFile('other', ['thing']) }
    const away = await bodiesEncoded(harness, () => {
      writeFiles(harness.folder, other)
      rmSync(path.join(harness.folder, 'pkg/draw'), { recursive: true })
    })
    expect(away.length).toBe(3)
    const back = await bodiesEncoded(harness, () => {
      writeFiles(harness.folder, FILES)
      rmSync(path.join(harness.folder, 'new.go'))
    })
    expect(back).toEqual([])
    expect((await harness.search('sortdrawOfdraw'))[0]).toMatchObject({ path: 'pkg/draw/draw.go' })
  })

  it('after an edit and its undoing, also across a restart', async () => {
    const harness = await built()
    const file = path.join(harness.folder, 'pkg/net/net.go')
    const edited = FILES['pkg/net/net.go']!.replace('opennet()', 'opennet()\n\tretry()')
    expect((await bodiesEncoded(harness, () => writeFileSync(file, edited))).length).toBe(1)
    harness.reopen()
    expect(await bodiesEncoded(harness, () => writeFileSync(file, FILES['pkg/net/net.go']!))).toEqual([])
  })
})

describe('another checkout of the repository', () => {
  /** A repository with `FILES`, indexed, and the storage its index is in. */
  async function first() {
    const storage = temporaryFolder()
    const folder = temporaryFolder()
    writeFiles(folder, FILES)
    writeFiles(folder, { '.git/config': '[remote "origin"]\n\turl = https://example.org/team/tool.git\n' })
    const harness = await createHarness({ folder, directory: path.join(storage, 'one') })
    await harness.update()
    return { storage, folder, harness }
  }
  type First = Awaited<ReturnType<typeof first>>
  function worktree({ folder }: First): string {
    const other = temporaryFolder()
    writeFiles(folder, { '.git/worktrees/two/commondir': '../..\n' })
    writeFiles(other, { '.git': `gitdir: ${folder}/.git/worktrees/two\n`, ...FILES })
    return other
  }
  const on = ({ storage }: First, folder: string, name = 'two') =>
    createHarness({ folder, directory: path.join(storage, name) })
  /** Vector files of an index: name, inode and number of names. */
  const vectorFiles = (directory: string) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(vec|codec)$/.test(file))
      .map((file) => statSync(path.join(directory, file)))

  it('as a worktree encodes nothing, and its vectors are on disk once', async () => {
    const one = await first()
    const two = await on(one, worktree(one))
    expect(await two.update()).toMatchObject({ nUnitsEncoded: 0, nTokensEncoded: 0 })
    expect(two.encoded).toEqual([])
    expect(two.session.stats()).toMatchObject({ nFiles: 4, nPendingFiles: 0, needsTraining: false })
    expect((await two.search('mergenetOfnet'))[0]).toMatchObject({ path: 'pkg/net/net.go' })
    const inodes = (directory: string) => vectorFiles(directory).map(({ ino }) => ino)
    expect(inodes(two.directory)).toEqual(inodes(one.harness.directory))
    // Both go on for themselves.
    writeFiles(one.folder, { 'more.go': goFile('more', ['alpha']) })
    writeFiles(two.folder, { 'other.go': goFile('other', ['beta']) })
    await one.harness.update()
    await two.update()
    for (const each of [one.harness, two]) {
      each.reopen()
      expect(await each.update()).toMatchObject({ nUnitsEncoded: 0, nFilesChanged: 0 })
    }
  })

  it('as a clone encodes nothing', async () => {
    const one = await first()
    const clone = temporaryFolder()
    writeFiles(clone, FILES)
    writeFiles(clone, { '.git/config': '[remote "upstream"]\n\turl = git@example.org:team/tool.git\n' })
    const two = await on(one, clone)
    expect(await two.update()).toMatchObject({ nUnitsEncoded: 0 })
  })

  it('encodes what only it has', async () => {
    const one = await first()
    const folder = worktree(one)
    writeFiles(folder, { 'only.go': goFile('only', ['here', 'there']) })
    const two = await on(one, folder)
    expect(await two.update()).toMatchObject({ nUnitsEncoded: 2 })
    expect((await two.search('thereOfonly'))[0]).toMatchObject({ path: 'only.go' })
    expect((await two.search('mergenetOfnet'))[0]).toMatchObject({ path: 'pkg/net/net.go' })
  })

  it('takes what another has by now when it switches branches', async () => {
    const one = await first()
    const two = await on(one, worktree(one))
    await two.update()
    const words = Array.from({ length: 80 }, (_, i) => `step${i}`)
    const branch = { 'branch.go': goFile('branch', words) }
    writeFiles(one.folder, branch)
    expect(await one.harness.update({ paths: ['branch.go'] })).toMatchObject({ nUnitsEncoded: 80 })
    writeFiles(two.folder, branch)
    expect(await two.update({ paths: ['branch.go'] })).toMatchObject({ nUnitsEncoded: 0 })
    expect((await two.search('step42Ofbranch'))[0]).toMatchObject({ path: 'branch.go' })
  })

  it('survives the end of the one it took from', async () => {
    const one = await first()
    const two = await on(one, worktree(one))
    await two.update()
    one.harness.session.close()
    rmSync(one.harness.directory, { recursive: true })
    two.reopen()
    expect(await two.update()).toMatchObject({ nUnitsEncoded: 0 })
    expect((await two.search('mergenetOfnet'))[0]).toMatchObject({ path: 'pkg/net/net.go' })
  })

  it('takes over raw vectors of a build that has no codec yet', async () => {
    const one = await first()
    const storage = temporaryFolder()
    const started = await createHarness({
      folder: one.folder,
      directory: path.join(storage, 'one'),
      beforeCall: (method) => {
        if (method === 'train') throw new Error('stopped')
      },
    })
    await expect(started.update()).rejects.toThrow('stopped')
    started.session.commit()
    const nSpooled = started.encoded.length
    expect(started.session.stats().needsTraining).toBe(true)
    const two = await createHarness({ folder: worktree(one), directory: path.join(storage, 'two') })
    await two.update()
    expect(nSpooled).toBeGreaterThan(0)
    expect(new Set([...two.encoded, ...started.encoded]).size).toBe(two.encoded.length + nSpooled)
    expect((await two.search('mergenetOfnet'))[0]).toMatchObject({ path: 'pkg/net/net.go' })
  })

  it('takes nothing from another repository, and encodes for itself where the other index is damaged', async () => {
    const one = await first()
    const stranger = temporaryFolder()
    writeFiles(stranger, { '.git/config': '', ...FILES })
    expect(await (await on(one, stranger)).update()).toMatchObject({ nUnitsEncoded: 20 })
    for (const file of readdirSync(one.harness.directory, { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.vec')) writeFileSync(path.join(one.harness.directory, file), 'damaged')
    }
    expect(await (await on(one, worktree(one), 'three')).update()).toMatchObject({ nUnitsEncoded: 20 })
  })
})
