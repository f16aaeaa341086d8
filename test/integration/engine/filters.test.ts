import { execFileSync, spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { EngineFolder, SearchOptions } from '../../../server/src/engine/types.ts'
import { engineOn, found, PROJECT } from '../../support/engineHarness.ts'

/** Many functions that speak of retries in most words; the last few have what the tests ask for. */
function project(): Record<string, string> {
  const body = (name: string, line: string) =>
    `export function ${name}() {\n  // retry the request\n  retry(request)\n  ${line}\n}\n`
  const files = Array.from({ length: 80 }, (_, i) => {
    const functions = Array.from({ length: 4 }, (_, k) => body(`retryRequest${i}x${k}`, `backoff(${i}, ${k})`))
    return [`src/many/retry${String(i).padStart(2, '0')}.ts`, functions.join('\n')]
  })
  return {
    ...Object.fromEntries(files),
    'src/z/last.ts': [1, 2, 3].map((n) => body(`odd${n}`, `const rate = connect(ECONN${n}RESET)`)).join('\n'),
  }
}

async function built(
  files: Record<string, string>,
): Promise<EngineFolder & { write(files: Record<string, string>): void }> {
  const { open, write } = await engineOn(files)
  const opened = await open()
  await opened.build()
  return Object.assign(opened, { write })
}

const names = async (opened: EngineFolder, query: string, options: SearchOptions = {}) =>
  (await found(opened, query, options)).map((each) => each.replace(/^.* /, '')).sort()

describe('exact texts and expressions', () => {
  it('find as many units as there are, however low these rank', async () => {
    const opened = await built(project())
    const odd = ['odd1', 'odd2', 'odd3']
    // A part of a word, which no list of words has.
    for (const mode of ['all', 'lexical', 'semantic'] as const) {
      expect(await names(opened, 'retry the request "const rate = connect(ECONN"', { limit: 3, mode })).toEqual(odd)
      expect(await names(opened, 'retry the request /ECONN\\dRESET/', { limit: 5, mode })).toEqual(odd)
      expect(await names(opened, '/econn[12]reset/i', { mode })).toEqual(['odd1', 'odd2'])
      expect(await names(opened, 'retry request -"backoff("', { limit: 3, mode })).toEqual(odd)
      expect(await names(opened, 'retry -/back(off|log)/ -"ECONN2"', { limit: 3, mode })).toEqual(['odd1', 'odd3'])
    }
    expect(await names(opened, '"retry the request" /odd[23]/ -"odd2"')).toEqual(['odd3'])
    expect(await names(opened, '"retry the request" dir:src/z')).toEqual(odd)
    expect(await names(opened, '"retry the request"', { limit: 300 })).toHaveLength(300)
    expect(await names(opened, '-/./ retry')).toEqual([])

    const { hits } = await opened.search('retry request /rate = (\\w+)/', { limit: 1 })
    expect(hits[0]).toMatchObject({ path: 'src/z/last.ts', snippet: expect.stringMatching(/^const rate = connect/) })
    expect(hits[0]!.snippetLine).toBe(hits[0]!.startLine + 3)

    const partial: string[] = []
    await opened.search('retry "const rate"', { onPartial: (found) => partial.push(...found.map(({ name }) => name)) })
    expect(partial.sort()).toEqual(odd)
  })

  it('lists by path where the query has no other words', async () => {
    const opened = await built(project())
    expect(await found(opened, '/backoff\\(1\\d, 3\\)/', { limit: 3 })).toEqual([
      'src/many/retry10.ts retryRequest10x3',
      'src/many/retry11.ts retryRequest11x3',
      'src/many/retry12.ts retryRequest12x3',
    ])
    expect(await found(opened, 'dir:src/z kind:function', { limit: 2 })).toEqual([
      'src/z/last.ts odd1',
      'src/z/last.ts odd2',
    ])
    expect(await found(opened, 'dir:nowhere')).toEqual([])
    expect(await found(opened, '')).toEqual([])
  })

  it('are looked for in what the editor holds', async () => {
    const opened = await built(PROJECT)
    const file = 'src/net/attempts.py'
    expect(await names(opened, '"time.sleep"')).toEqual(['call_with_backoff'])
    opened.setOpenText(file, PROJECT[file]!.replace('time.sleep(2 ** attempt)', 'pause(attempt)'))
    expect(await names(opened, '"time.sleep"')).toEqual([])
    expect(await names(opened, 'wait "pause(attempt)"')).toEqual(['call_with_backoff'])
    expect(await names(opened, '/pause\\(/')).toEqual(['call_with_backoff'])
    opened.setOpenText(file, undefined)
    expect(await names(opened, '/pause\\(/')).toEqual([])
  })

  it('fail with a code where an expression cannot be read or never ends, and go on afterwards', async () => {
    const opened = await built({ ...PROJECT, 'long.txt': `x = ${'a'.repeat(60)}!\n` })
    await expect(opened.search('password /(/')).rejects.toMatchObject({
      code: 'E_QUERY',
      message: expect.stringContaining('column 10'),
    })
    await expect(opened.search('/(a|aa)+$/')).rejects.toMatchObject({
      code: 'E_QUERY',
      message: expect.stringContaining('column 1'),
    })
    expect(await names(opened, '/HashP\\w+/')).toContain('HashPassword')
  })
})

describe('the filters of a folder', () => {
  it.skipIf(spawnSync('git', ['--version']).status !== 0)('know what git says is changed or staged', async () => {
    const opened = await built(PROJECT)
    await expect(opened.search('password is:changed')).rejects.toMatchObject({ code: 'E_GIT' })
    const identity = ['-c', 'user.name=Me', '-c', 'user.email=me@example.org', '-c', 'commit.gpgsign=false']
    const git = (...args: string[]) => execFileSync('git', [...identity, ...args], { cwd: opened.folder })
    git('init', '--quiet')
    git('add', 'src/auth', 'src/settings.ts')
    git('commit', '--quiet', '-m', 'First')
    opened.write({ 'src/settings.ts': `${PROJECT['src/settings.ts']}\n` })
    git('add', 'docs')
    await new Promise((resolve) => setTimeout(resolve, 2100))
    const files = async (query: string) => [...new Set((await opened.search(query)).hits.map((hit) => hit.path))].sort()
    expect(await files('is:changed')).toEqual(['docs/charts.md', 'src/net/attempts.py', 'src/settings.ts'])
    expect(await files('is:staged axis')).toEqual(['docs/charts.md'])
    expect(await files('password -is:changed')).toEqual(['src/auth/credentials.go'])
    expect(await files('/\\w/ is:changed -is:staged lang:py')).toEqual(['src/net/attempts.py'])
  })

  it('know the names of workspace folders', async () => {
    const opened = await built(PROJECT)
    const own = path.basename(opened.folder)
    expect(await found(opened, `folder:${own} password`)).not.toEqual([])
    expect(await found(opened, `-folder:${own} password`)).toEqual([])
    const workspace = { name: 'web', names: ['web', 'api'] }
    expect(await found(opened, 'folder:WEB password', { workspace })).not.toEqual([])
    expect(await found(opened, 'folder:api password', { workspace })).toEqual([])
    expect(await found(opened, '-folder:api password', { workspace })).not.toEqual([])
    await expect(opened.search('x folder:api,wob', { workspace })).rejects.toMatchObject({
      code: 'E_QUERY',
      message: '"wob" at column 14 is no workspace folder: there is web, api.',
    })
  })
})
