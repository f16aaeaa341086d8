import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UNIT_KINDS } from '../../../server/src/contract/units.ts'
import { type FileSets, filesBelow, UnitFilters } from '../../../server/src/search/filters.ts'
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

const accepted = (query: string, of = folder, fileSets?: FileSets) =>
  [...new UnitFilters(of.view).resolve(parseQuery(query).filters, fileSets)].map((unit) => of.label(unit)).join(' ')

describe('the filters of units', () => {
  it.each([
    ['dir:src/api', 'request Client requestTest'],
    ['dir:src/api/client.ts', 'request Client'],
    ['dir:lib,src/api', 'request Client requestTest helper LIMIT'],
    ['dir:src -dir:src/api', 'oldRequest api View'],
    ['dir:src/api*', 'request Client requestTest oldRequest'],
    ['dir:src/{api,api-old}', 'request Client requestTest oldRequest'],
    ['-dir:src/a?i', 'oldRequest api View helper LIMIT Install scripts'],
    ['dir:nowhere', ''],
    ['file:client.*', 'request Client requestTest oldRequest'],
    ['file:CLIENT.TS', 'request Client'],
    ['file:src/*.ts', 'api'],
    ['file:**/api/*', 'request Client requestTest'],
    ['file:{api,view}.*,util.py', 'api View helper LIMIT'],
    ['file:[id].ts', ''],
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

  it('takes brackets in names as they stand', () => {
    const routes = folderOf({
      'app/(auth)/[id].ts': [{ name: 'one' }],
      'app/auth/i.ts': [{ name: 'two' }],
      'app/a+b/c d.ts': [{ name: 'three' }],
    })
    expect(accepted('file:app/(auth)/*', routes)).toBe('one')
    expect(accepted('dir:app/(*)', routes)).toBe('one')
    expect(accepted('file:[id].ts', routes)).toBe('one two')
    expect(accepted('dir:app/a+b file:"c d.*"', routes)).toBe('three')
    expect(accepted(`file:${'*(*(a|aa))'.repeat(9)}`, routes)).toBe('')
  })

  it('asks git for changed and staged files, and folders that are new', () => {
    const git: FileSets = { changed: ['src/api/', 'lib/util.py', 'gone.ts', 'src/api-old'], staged: ['lib/util.py'] }
    expect(accepted('is:changed', folder, git)).toBe('request Client requestTest helper LIMIT')
    expect(accepted('is:staged', folder, git)).toBe('helper LIMIT')
    expect(accepted('is:changed -is:staged,test kind:function', folder, git)).toBe('request')
    expect(accepted('is:changed', folder, { changed: ['/'], staged: [] }).split(' ')).toHaveLength(10)
  })

  it('knows generated files by their names', () => {
    const files = folderOf(
      Object.fromEntries(
        [
          'api/user.pb.go',
          'api/user_pb2.py',
          'gen/a.ts',
          'src/Form.Designer.cs',
          'lib/x.min.js',
          'src/generate.ts',
          'gen.ts',
        ].map((path) => [path, [{ name: path }]]),
      ),
    )
    expect(accepted('-is:generated', files)).toBe('src/generate.ts gen.ts')
  })

  it('asks the editor for open and unsaved files', () => {
    const editor = { open: ['lib/util.py', 'src/api.ts'], unsaved: ['src/api.ts'] }
    expect(accepted('is:open', folder, editor)).toBe('api helper LIMIT')
    expect(accepted('is:open -is:unsaved', folder, editor)).toBe('helper LIMIT')
    expect(accepted('is:open')).toBe('')
  })

  it('chooses what plain sets choose, also when values are known already', () => {
    const part = fc.constantFrom('a', 'b', 'a-b', 'test')
    const path = fc
      .tuple(fc.array(part, { maxLength: 2 }), fc.constantFrom('x', 'x.test', 'y'), fc.constantFrom('ts', 'py', 'md'))
      .map(([folders, name, extension]) => [...folders, `${name}.${extension}`].join('/'))
    const unit = fc.record({ kind: fc.constantFrom('function' as const, 'class' as const) })
    const file = fc.tuple(path, fc.array(unit, { maxLength: 3 }))
    const value = fc.constantFrom(...Object.keys(PLAIN))
    const query = fc.array(fc.tuple(fc.boolean(), value), { maxLength: 5 })
    fc.assert(
      fc.property(fc.array(file, { maxLength: 12 }), fc.array(query, { maxLength: 4 }), (files, queries) => {
        const { view, put } = folderOf({})
        for (const [where, units] of files) put(where, units)
        const filters = new UnitFilters(view)
        for (const terms of queries) {
          const text = terms.map(([negated, term]) => `${negated ? '-' : ''}${term}`).join(' ')
          const passes = (unit: number) => {
            const holds = (term: string) => PLAIN[term]!(view.path(unit), UNIT_KINDS[view.kind[unit]!]!)
            const wanted = terms.filter(([negated]) => !negated).map(([, term]) => term)
            const keys = new Set(wanted.map((term) => term.split(':')[0]))
            return (
              [...keys].every((key) => wanted.some((term) => term.startsWith(`${key}:`) && holds(term))) &&
              terms.every(([negated, term]) => !negated || !holds(term))
            )
          }
          expect([...filters.resolve(parseQuery(text).filters)], text).toEqual([...view.live].filter(passes))
        }
      }),
    )
  })
})

/** Filters as anybody would write them who had time. */
const PLAIN: Record<string, (path: string, kind: string) => boolean> = {
  'dir:a': (path) => path.startsWith('a/'),
  'dir:a/b': (path) => path.startsWith('a/b/'),
  'dir:a*': (path) => /^a[^/]*\//.test(path),
  'file:x.*': (path) => /(^|\/)x\.[^/]*$/.test(path),
  'file:a/**': (path) => path.startsWith('a/'),
  'lang:ts': (path) => path.endsWith('.ts'),
  'lang:md,py': (path) => /\.(md|py)$/.test(path),
  'kind:class': (_, kind) => kind === 'class',
  'kind:function': (_, kind) => kind === 'function',
  'is:test': (path) => /(^|\/)test\/|\.test\.[^/]*$/.test(path),
}

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
