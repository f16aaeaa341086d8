import { describe, expect, it } from 'vitest'
import { stemmedWords } from '../../../../server/src/base/words.ts'
import { coherence } from '../../../../server/src/search/signals/coherence.ts'
import { demotion, isTestPath, placeFactor } from '../../../../server/src/search/signals/demotion.ts'
import { duplicatesOf } from '../../../../server/src/search/signals/duplicates.ts'
import { spreadFiles } from '../../../../server/src/search/signals/spreadFiles.ts'
import { type Folder, folderOf, valuesOf } from '../support.ts'

const factor = (path: string, query: string) => placeFactor(path, new Set(stemmedWords(query)))

describe('placeFactor', () => {
  it.each([
    ['src/session.ts', 'session', 1],
    ['src/session.test.ts', 'session', 0.5],
    ['src/session.test.ts', 'session tests', 1],
    ['examples/basic.go', 'basic', 0.5],
    ['_examples/basic.go', 'basic', 0.5],
    ['examples/basic.go', 'basic example', 1],
    ['vendor/lib/a.go', 'a', 0.5],
    ['vendor/lib/a.go', 'vendored a', 1],
    ['src/compat.ts', 'streams', 0.5],
    ['src/compat.ts', 'legacy streams', 1],
    ['types/api.d.ts', 'api', 0.7],
    ['types/api.d.ts', 'type declarations of the api', 1],
    ['api/service.pb.go', 'service', 0.7],
    ['api/service.pb.go', 'generated service', 1],
    ['pkg/__init__.py', 'pkg', 0.7],
    ['vendor/x/test_a.py', 'a', 0.25],
    ['serde/src/de/mod.rs', 'deserialize', 1],
  ])('of %s for "%s": %d', (path, query, expected) => expect(factor(path, query)).toBeCloseTo(expected))
})

describe('isTestPath', () => {
  it.each(
    'test/a.js tests/a.py src/__tests__/a.ts spec/a_spec.rb a.test.ts a.spec.tsx test_a.py a_test.go FooTest.java FooTests.cs src/test/java/Foo.java'.split(
      ' ',
    ),
  )('yes: %s', (path) => expect(isTestPath(path)).toBe(true))
  it.each('src/contest.ts latest/a.ts test_helper.bash testing.go src/Contest.java attest.py test.ts'.split(' '))(
    'no: %s',
    (path) => expect(isTestPath(path)).toBe(false),
  )
})

describe('demotion', () => {
  const folder = folderOf({
    'src/a.ts': [{ name: 'code' }],
    'README.md': [{ name: 'prose', kind: 'section', space: 'docs' }],
    'package.json': [{ name: 'settings', kind: 'config' }],
    'test/README.md': [{ name: 'testProse', kind: 'section', space: 'docs' }],
  })
  it('puts prose and settings behind code, unless the query is about documents', () => {
    expect(valuesOf(demotion, 'retry requests', folder)).toEqual({
      code: 1,
      prose: 0.7,
      settings: 0.7,
      testProse: 0.35,
    })
    expect(valuesOf(demotion, 'retry guide', folder)).toEqual({ code: 1, prose: 1, settings: 1, testProse: 0.5 })
  })
})

describe('demotion of what a query names', () => {
  const folder = folderOf({ 'src/a.ts': [{ name: 'Session' }], 'test/a.ts': [{ name: 'FakeSession' }] })
  it('is lifted where only such a place has it, but not by a question', () => {
    expect(valuesOf(demotion, 'FakeSession', folder)).toEqual({ Session: 1, FakeSession: 1 })
    expect(valuesOf(demotion, 'Session', folder)).toEqual({ Session: 1, FakeSession: 0.5 })
    expect(valuesOf(demotion, 'how is a FakeSession made', folder)).toEqual({ Session: 1, FakeSession: 0.5 })
  })
  it('stays where another place has it too', () => {
    const both = folderOf({ 'src/a.ts': [{ name: 'open' }], 'test/a.ts': [{ name: 'open' }] })
    expect(valuesOf(demotion, 'open', both)).toEqual({ open: 0.5 })
  })
})

describe('coherence', () => {
  const folder = folderOf({
    'a.ts': [{ name: 'a1' }, { name: 'a2' }],
    'b.ts': [{ name: 'b1' }],
    'c.ts': [{ name: 'c1' }],
  })
  it('is for the company a unit keeps', () => {
    const { a1, a2, b1, c1 } = valuesOf(coherence, 'x', folder, { a1: 1, a2: 0.5, b1: 1, c1: 0.3 })
    expect(a1).toBe(1)
    expect(a2).toBe(1)
    expect(b1).toBeLessThan(1)
    expect(c1).toBeLessThan(b1!)
  })
  it('is nothing where no score is', () =>
    expect(valuesOf(coherence, 'x', folder, { a1: 0, a2: 0, b1: 0, c1: 0 })).toEqual({ a1: 0, a2: 0, b1: 0, c1: 0 }))
})

const inOrder = ({ view }: Folder) => [...view.live].map((unit) => ({ unit, score: -unit }))

describe('duplicatesOf', () => {
  it('lets second copies of a body sink, short ones not', () => {
    const text = 'function copy() { return 1 }'
    const folder = folderOf({
      'a.ts': [{ text }, { text: 'other' }, { text: 'import x', nLines: 1 }],
      'b.ts': [{ text }, { text: 'import x', nLines: 1 }],
    })
    expect([...duplicatesOf(inOrder(folder), folder.view, 0.5)]).toEqual([1, 1, 1, 0.5, 1])
  })
})

describe('spreadFiles', () => {
  it('gives every file its turn before the fourth unit of one', () => {
    const names = ['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => ({ name }))
    const folder = folderOf({ 'a.ts': names, 'b.ts': [{ name: 'b1' }] })
    const order = spreadFiles(inOrder(folder), folder.view, 3).map(({ unit }) => folder.label(unit))
    expect(order.join(' ')).toBe('a1 a2 a3 b1 a4 a5')
  })
})
