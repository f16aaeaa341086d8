import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filesBelow, resolveFilters } from '../../../server/src/search/filters.ts'
import { parseQuery } from '../../../server/src/search/query.ts'
import { folderOf } from './support.ts'

const folder = folderOf({
  'src/api/client.ts': [{ name: 'request' }, { name: 'Client', kind: 'class' }],
  'src/api/client.test.ts': [{ name: 'requestTest' }],
  'src/api-old/client.js': [{ name: 'oldRequest' }],
  'src/api.ts': [{ name: 'api' }],
  'src/view.tsx': [{ name: 'View' }],
  'lib/util.py': [{ name: 'helper' }, { name: 'LIMIT', kind: 'constant' }],
  'README.md': [{ name: 'Install', kind: 'section', space: 'docs' }],
  'package.json': [{ name: 'scripts', kind: 'config' }],
})

const accepted = (query: string, of = folder) =>
  [...resolveFilters(parseQuery(query).filters, of.view)].map((unit) => of.label(unit)).join(' ')

describe('resolveFilters', () => {
  it.each([
    ['dir:src/api', 'request Client requestTest'],
    ['dir:src/api/client.ts', 'request Client'],
    ['dir:lib,src/api', 'request Client requestTest helper LIMIT'],
    ['dir:src -dir:src/api', 'oldRequest api View'],
    ['dir:src/api*', 'request Client requestTest oldRequest'],
    ['dir:nowhere', ''],
    ['file:client.*', 'request Client requestTest oldRequest'],
    ['file:CLIENT.TS', 'request Client'],
    ['file:src/*.ts', 'api'],
    ['-file:*.ts -file:*.js', 'View helper LIMIT Install scripts'],
    ['lang:ts', 'request Client requestTest api View'],
    ['lang:tsx,py', 'View helper LIMIT'],
    ['lang:constructor', ''],
    ['kind:class', 'Client'],
    ['kind:const,config', 'LIMIT scripts'],
    ['kind:class,test', 'Client requestTest'],
    ['is:doc', 'Install'],
    ['is:test', 'requestTest'],
    ['dir:src lang:ts -tests kind:function', 'request api View'],
  ])('%s -> %s', (query, expected) => expect(accepted(query)).toBe(expected))

  it('takes every live unit where nothing is asked', () => expect(accepted('free text').split(' ')).toHaveLength(10))

  it('never takes units of replaced or removed files', () => {
    const changing = folderOf({ 'a.ts': [{ name: 'one' }], 'b.ts': [{ name: 'two' }] })
    changing.put('a.ts', [{ name: 'three' }])
    changing.view.removeFile('b.ts')
    for (const query of ['', 'lang:ts', 'dir:a.ts', '-kind:class', 'kind:function'])
      expect(accepted(query, changing), query).toBe('three')
  })
})

describe('filesBelow', () => {
  it('is the files whose path starts with the directory', () => {
    const part = fc.constantFrom('a', 'b', 'a-b', 'a.b', 'A', 'ä')
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 12 }), path, (paths, directory) => {
        const { view } = folderOf(Object.fromEntries(paths.map((each) => [each, [{ name: each }]])))
        const found = filesBelow(view, directory).map((file) => view.filePath(file))
        expect(new Set(found)).toEqual(
          new Set(paths.filter((each) => each === directory || each.startsWith(`${directory}/`))),
        )
      }),
      { numRuns: 60 },
    )
  })
})
