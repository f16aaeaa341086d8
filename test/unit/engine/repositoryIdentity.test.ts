import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { normalisedUrl, repositoryIdentity } from '../../../server/src/engine/repositoryIdentity.ts'
import { strangeFiles } from '../../support/strangeFiles.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const remote = (url: string, name = 'origin') =>
  `[core]\n\tbare = false\n[remote "${name}"]\n\turl = ${url}\n\tfetch = +refs/heads/*:refs/remotes/${name}/*\n`
/** A repository with this git config, as git lays it out. */
function repository(config = '[core]\n\tbare = false\n'): string {
  const folder = temporaryFolder()
  writeFiles(folder, { '.git/config': config, '.git/HEAD': 'ref: refs/heads/main\n', 'src/a.ts': '' })
  return folder
}
const inCommon = (a: string, b: string) => {
  const names = repositoryIdentity(a)
  return repositoryIdentity(b).some((name) => names.includes(name))
}

describe('the identity of a repository', () => {
  it('is shared by its worktrees and the folders in it', () => {
    const main = repository()
    const worktree = temporaryFolder()
    writeFiles(main, { '.git/worktrees/two/commondir': '../..\n' })
    writeFiles(worktree, { '.git': `gitdir: ${main}/.git/worktrees/two\n`, 'src/b.ts': '' })
    expect(inCommon(main, worktree)).toBe(true)
    expect(repositoryIdentity(path.join(worktree, 'src'))).toEqual(repositoryIdentity(main))
  })

  it('is shared by clones of one remote, however they reach it', () => {
    const one = repository(remote('https://user:secret@GitHub.com/team/tool.git'))
    const two = repository(remote('git@github.com:team/tool', 'upstream'))
    expect(inCommon(one, two)).toBe(true)
    expect(repositoryIdentity(one).join()).not.toContain('secret')
    expect(inCommon(one, repository(remote('https://github.com/team/other.git')))).toBe(false)
  })

  it('is shared by a clone and what it was cloned from on this machine, and by clones of clones', () => {
    const first = repository(remote('https://example.org/tool'))
    const second = repository(remote(first))
    const third = repository(remote(`file://${second}`))
    expect(inCommon(first, second)).toBe(true)
    expect(inCommon(third, repository(remote('https://example.org/tool.git')))).toBe(true)
  })

  it('ends for repositories that name each other', () => {
    const first = repository()
    const second = repository(remote(first))
    writeFiles(first, { '.git/config': remote(second) })
    expect(repositoryIdentity(first).length).toBe(2)
  })

  it.skipIf(process.platform === 'win32')('waits for nothing and follows no link in the folder itself', () => {
    const elsewhere = repository(remote('https://example.org/tool'))
    for (const { name, put } of strangeFiles()) {
      for (const file of ['.git/config', '.git/commondir', '.git']) {
        const folder = repository()
        put(path.join(folder, file))
        expect([name, inCommon(folder, elsewhere)]).toEqual([name, false])
      }
    }
    const folder = repository()
    symlinkSync(path.join(elsewhere, '.git/config'), path.join(folder, '.git/config.linked'))
    expect(inCommon(folder, elsewhere)).toBe(false)
  })

  it('ends where repositories name each other by the thousand, and where a URL is none', () => {
    const all = (urls: string[]) => urls.map((url) => remote(url)).join('')
    const places = Array.from({ length: 200 }, (_, i) => `./r${i}`)
    const folder = repository(all([...places, 'file:///%zz', 'file://host/x', '\\\\host\\share']))
    const absolute = places.map((place) => path.join(folder, place))
    for (const place of absolute) writeFiles(place, { '.git/config': all(absolute) })
    const startedMs = performance.now()
    expect(repositoryIdentity(folder).length).toBeLessThan(20)
    expect(performance.now() - startedMs).toBeLessThan(2000)
  })

  it('passes over places that are below a file, in a loop of links, too long or no path', () => {
    const folder = repository()
    symlinkSync('loop', path.join(folder, 'loop'))
    writeFiles(folder, { file: '' })
    const places = ['file', 'file/x', 'loop', 'loop/x', 'y'.repeat(5000), 'a\0b'].map((name) => path.join(folder, name))
    const urls = [...places, '/dev/zero', 'file:///dev/null/x', 'https://example.org/tool']
    writeFiles(folder, { '.git/config': urls.map((url, i) => remote(url, `r${i}`)).join('') })
    expect(inCommon(folder, repository(remote('https://example.org/tool')))).toBe(true)
  })

  it('is empty outside a repository, and different repositories have nothing in common', () => {
    const folder = temporaryFolder()
    mkdirSync(path.join(folder, 'src'))
    expect(repositoryIdentity(path.join(folder, 'src'))).toEqual([])
    expect(inCommon(repository(), repository())).toBe(false)
  })

  it.each([
    ['ssh://git@host.example:2222/team/tool.git', 'host.example/team/tool'],
    ['https://host.example/team/tool/', 'host.example/team/tool'],
    ['git@host.example:team/tool.git', 'host.example/team/tool'],
    ['host.example:/team/tool', 'host.example/team/tool'],
    ['https://token:x@host.example/team/tool', 'host.example/team/tool'],
  ])('knows %s', (url, name) => expect(normalisedUrl(url)).toBe(name))
})
