import { describe, expect, it } from 'vitest'
import { PROGRAMS, VARIABLES } from '../../server/src/contract/locality.ts'
import { codeFiles, read } from './repository.ts'

const product = codeFiles().filter((file) => file.startsWith('server/src/'))

describe('the lists of what Lateral touches', () => {
  it('name every variable of the environment that is looked at', () => {
    const names = product
      .flatMap((file) => [...read(file).matchAll(/\benv\.([A-Z][A-Z_]+)\b|\bvariable\('([A-Z_]+)'\)/g)])
      .map(([, member, argument]) => member ?? argument!)
    expect([...new Set(names)].sort()).toEqual(Object.keys(VARIABLES).sort())
  })

  it('name every program that is started', () => {
    const starting = product.filter((file) => /^import (?!type\b)[^\n]*'(node:)?child_process'/m.test(read(file)))
    expect(starting.sort()).toEqual(Object.keys(STARTED).sort())
    expect(Object.values(STARTED).flat().sort()).toEqual(PROGRAMS.map(({ name }) => name).sort())
  })
})

/** Files that start processes, each with the programs that are not Lateral's own. */
const STARTED: Record<string, string[]> = {
  'server/src/encode/encoderProcessHandle.ts': [],
  'server/src/engine/gitProcess.ts': ['git', 'sh'],
}
