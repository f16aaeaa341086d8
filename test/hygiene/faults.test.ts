import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { read, root } from './repository.ts'

it('each row of the table of download faults names a test that exists', () => {
  const section = read('CONTRIBUTING.md').split('## Faults of a download')[1]?.split('\n## ')[0] ?? ''
  const tests = section.split('\n').flatMap((line) => line.match(/^\|(?:.*?)\|(?:.*?)\| (.+?) *\|$/)?.[1] ?? [])
  const named = tests.filter((text) => text !== 'Test' && !/^-+$/.test(text))
  expect(named.length).toBeGreaterThan(25)
  const folder = 'test/unit/models'
  const usual = readdirSync(path.join(root, folder)).map((file) => read(`${folder}/${file}`))
  for (const text of named) {
    const [, name = text, file] = text.match(/^(.+) \(`(.+)`\)$/) ?? []
    const sources = file === undefined ? usual : [read(file)]
    expect(
      sources.some((source) => source.includes(`('${name}'`)),
      name,
    ).toBe(true)
  }
})
