import { describe, expect, it } from 'vitest'
import { createHarness } from '../../support/sessionHarness.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'

const go = (name: string, words: string) => `func ${name}() {\n\t${words.split(' ').join('()\n\t')}()\n}\n`

const FILES = {
  'src/store.go': `package store\n\n${go('save', 'open lock write flush unlock')}\n${go('load', 'open parse decode verify')}`,
  'src/cache.go': `package cache\n\n${go('put', 'open lock write flush evict')}\n${go('drop', 'find remove shrink')}`,
  'src/net/client.go': `package net\n\n${go('send', 'dial write retry hangup')}\n${go('read', 'dial parse decode verify')}`,
  'lib/client.go': `package lib\n\n${go('other', 'paint canvas colour')}`,
}

async function indexed() {
  const harness = await createHarness()
  writeFiles(harness.folder, FILES)
  await harness.update()
  const { session } = harness
  const names = (query: string, limit = 20) => {
    const params = { query, limit, mode: 'all', nIvfProbe: 8, nFullScores: 4096, rows: {} } as const
    return session.search(params).map(({ name }) => name)
  }
  return { ...harness, names }
}

describe('like:', () => {
  it.each([
    ['like:src/store.go:5', 'put'],
    ['like:src/store.go#save', 'put'],
    ['like:store.go#L4-L6', 'put'],
    ['like:src/cache.go#put', 'save'],
    ['like:src/store.go#load', 'read'],
    ['like:src/store.go', 'put'],
    ['like:src/store.go#load,src/net/client.go#send dir:src', 'read'],
  ])('%s finds first %s', async (query, first) => {
    const { names } = await indexed()
    expect(names(query).filter((name) => name !== '')[0]).toBe(first)
  })

  it('leaves out what it names, and honours filters', async () => {
    const { names } = await indexed()
    expect(names('like:src/store.go#save')).not.toContain('save')
    expect(names('like:src/store.go')).not.toEqual(expect.arrayContaining(['save']))
    expect(names('like:src/store.go#save kind:function dir:src/net')).toEqual(expect.arrayContaining(['send', 'read']))
    expect(names('like:src/store.go#save kind:function dir:src/net')).toHaveLength(2)
  })

  it('counts together with words', async () => {
    const { search } = await indexed()
    const order = async (query: string) => {
      const found = (await search(query)).map(({ name }) => name)
      return found.indexOf('send') < found.indexOf('put')
    }
    expect(await order('like:src/store.go#save')).toBe(false)
    expect(await order('like:src/store.go#save dial retry hangup')).toBe(true)
  })

  it.each([
    ['retry like:gone.go', 12, 'there is no file gone.go'],
    ['like:src/store.go#Missing', 6, 'src/store.go has no "Missing"'],
    ['like:src/store.go:900', 6, 'src/store.go has nothing at line 900'],
    ['like:client.go', 6, 'client.go may be lib/client.go, src/net/client.go'],
  ])('says where it names nothing: %s', async (query, column, problem) => {
    const { names } = await indexed()
    expect(() => names(query)).toThrow(
      expect.objectContaining({ code: 'E_LIKE', column, message: expect.stringContaining(problem) }),
    )
  })
})
