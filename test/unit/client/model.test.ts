import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  emptyNotice,
  folderLine,
  groupByFile,
  hitLabel,
  hitPlace,
  indexNotice,
  percent,
  Questions,
  resultsMessage,
  resultsText,
  statusText,
  toRow,
} from '../../../client/src/ui/model.ts'
import type { FolderStatus, WireHit } from '../../../server/src/contract/requests.ts'

const hit = (fields: Partial<WireHit> = {}): WireHit => ({
  path: 'src/auth/session.ts',
  absolutePath: '/w/src/auth/session.ts',
  uri: 'file:///w/src/auth/session.ts',
  folder: 'web',
  startLine: 88,
  endLine: 121,
  nameLine: 88,
  kind: 'method',
  name: 'refresh',
  container: 'AuthService',
  language: 'typescript',
  space: 'code',
  score: 1,
  snippet: 'await store.rotate(user.id)',
  snippetLine: 90,
  ...fields,
})

const folder = (fields: Partial<FolderStatus> = {}): FolderStatus => ({
  uri: 'file:///w',
  name: 'web',
  phase: 'ready',
  nFiles: 12,
  nUnits: 3400,
  nPendingFiles: 0,
  fraction: 1,
  tokensPerSecond: 0,
  etaSeconds: null,
  sizeBytes: 2_500_000,
  models: [],
  ...fields,
})

describe('a row of the quick pick', () => {
  it('shows name, place, container and best line', () => {
    expect(toRow(hit(), false)).toEqual({
      label: 'refresh',
      description: 'src/auth/session.ts:88–121 · AuthService',
      detail: 'await store.rotate(user.id)',
      icon: 'symbol-method',
    })
  })

  it('names the workspace folder only where there are several', () => {
    expect(toRow(hit({ container: '' }), true).description).toBe('web • src/auth/session.ts:88–121')
  })

  it('stands for a nameless block by its best line, and for an empty one by its file', () => {
    expect(hitLabel(hit({ name: '' }))).toBe('await store.rotate(user.id)')
    expect(toRow(hit({ name: '' }), false).detail).toBe('')
    expect(hitLabel(hit({ name: '', snippet: '' }))).toBe('session.ts')
  })
})

describe('a row of the side bar', () => {
  it('shows line, container and best line under its file', () => {
    expect(hitPlace(hit(), false)).toBe(':88 · AuthService · await store.rotate(user.id)')
    expect(hitPlace(hit({ name: '', container: '' }), false)).toBe(':88')
  })

  it('shows the file first in a list', () => {
    expect(hitPlace(hit(), true)).toBe('session.ts:88 · AuthService · src/auth')
    expect(hitPlace(hit({ path: 'a.ts', container: '' }), true)).toBe('a.ts:88')
  })
})

describe('grouping by file', () => {
  it('keeps files in the order of their best hit and sorts hits by line', () => {
    const groups = groupByFile(
      [
        hit({ uri: 'b', path: 'b.ts', startLine: 9 }),
        hit({ uri: 'a', path: 'x/a.ts' }),
        hit({ uri: 'b', path: 'b.ts', startLine: 2 }),
      ],
      false,
    )
    expect(groups.map(({ fileName, directory, hits }) => [fileName, directory, hits.map((h) => h.startLine)])).toEqual([
      ['b.ts', '', [2, 9]],
      ['a.ts', 'x', [88]],
    ])
  })

  it('loses and invents no hit', () => {
    const anyHit = fc.record({ file: fc.integer({ min: 0, max: 5 }), startLine: fc.integer({ min: 1, max: 50 }) })
    fc.assert(
      fc.property(fc.array(anyHit), (given) => {
        const hits = given.map(({ file, startLine }) => hit({ uri: `${file}`, path: `${file}.ts`, startLine }))
        const grouped = groupByFile(hits, false).flatMap((group) => group.hits)
        expect(new Set(grouped)).toEqual(new Set(hits))
        expect(grouped).toHaveLength(hits.length)
      }),
    )
  })
})

describe('texts about an answer', () => {
  it('counts results and files, in singular where there is one', () => {
    expect(resultsMessage('"retry"', [hit(), hit({ uri: 'other' })], 1)).toBe('"retry" · 2 results in 2 files')
    expect(resultsMessage('"retry"', [hit()], 0.5)).toBe('"retry" · 1 result in 1 file · index 50 %')
    expect(resultsMessage('"retry"', [], 1)).toBe('"retry" · no results')
  })

  it('says how far the index is, until it is whole', () => {
    const reply = { hits: [], elapsedMs: 1, complete: false }
    expect(indexNotice({ ...reply, indexedFraction: 0.624 })).toBe('Index 62 % — results so far')
    expect(indexNotice({ ...reply, indexedFraction: 1 })).toBeUndefined()
  })

  it('never says 100 % before it is so', () => {
    expect(percent(0.9999)).toBe('99 %')
    expect(percent(1)).toBe('100 %')
  })

  it('gives an empty answer its reason', () => {
    const ready = { folders: [folder()] }
    expect(emptyNotice('dir:x lang:go retry', 1, ready).detail).toContain('Try without dir:x lang:go')
    expect(emptyNotice('x -in:"a b" "y" /z/', 1, ready).detail).toContain('Try without -in:"a b" "y" /z/,')
    expect(emptyNotice('retry', 1, ready).label).toBe('No results')
    expect(emptyNotice('retry', 0.3, ready).label).toContain('30 %')
    expect(emptyNotice('retry', 1, { folders: [folder({ phase: 'off' })] }).label).toContain('off')
    const error = { code: 'E_DISK_FULL', message: 'The disk is full.', advice: 'Free some space.' }
    expect(emptyNotice('retry', 1, { folders: [folder({ phase: 'error', error })] })).toMatchObject({
      label: 'The disk is full.',
      detail: 'Free some space.',
    })
  })

  it('copies hits as text, best first', () => {
    expect(resultsText([hit(), hit({ name: '', container: '' })], false)).toBe(
      [
        'src/auth/session.ts:88–121 · AuthService  refresh',
        '    await store.rotate(user.id)',
        'src/auth/session.ts:88–121  await store.rotate(user.id)',
      ].join('\n'),
    )
  })
})

describe('questions and their answers', () => {
  it('drops what comes after a later question', () => {
    const questions = new Questions()
    const first = questions.ask()
    const second = questions.ask()
    expect(questions.takesPartial(first)).toBe(false)
    expect(questions.takesAnswer(first)).toBe(false)
    expect(questions.isWaiting).toBe(true)
    expect(questions.takesPartial(second)).toBe(true)
    expect(questions.takesAnswer(second)).toBe(true)
    expect(questions.isWaiting).toBe(false)
  })

  it('drops partial hits that come after the answer', () => {
    const questions = new Questions()
    const id = questions.ask()
    questions.takesAnswer(id)
    expect(questions.takesPartial(id)).toBe(false)
  })
})

describe('the status bar', () => {
  const check = (folders: FolderStatus[]) => statusText({ folders })

  it('is silent while all is well or off', () => {
    expect(check([]).text).toBe('')
    expect(check([folder(), folder({ phase: 'off' }), folder({ phase: 'updating' })]).text).toBe('')
  })

  it('tells how far an upgrade is, once everything can be found', () => {
    const upgrading = folder({ phase: 'upgrading', upgrade: { nUnits: 100, nUnitsDone: 34, etaSeconds: null } })
    expect(check([folder(), upgrading])).toMatchObject({ text: '$(arrow-up) Upgrading 34 %', isIndexing: true })
    expect(check([folder({ phase: 'scanning' }), upgrading]).text).toBe('$(sync~spin) Scanning files')
  })

  it('tells the state that matters most, of the folder that is behind', () => {
    const indexing = folder({ phase: 'indexing', fraction: 0.62 })
    expect(check([folder(), indexing, folder({ phase: 'indexing', fraction: 0.9 })]).text).toBe(
      '$(sync~spin) Indexing 62 %',
    )
    expect(check([folder({ phase: 'scanning' })])).toMatchObject({
      text: '$(sync~spin) Scanning files',
      isIndexing: true,
    })
    expect(check([indexing, folder({ phase: 'paused' })])).toMatchObject({
      text: '$(debug-pause) Index paused',
      isPaused: true,
    })
  })

  it('colours an error only as far as it blocks', () => {
    const failed = folder({ phase: 'error', error: { code: 'E_LOCKED', message: 'Locked.', advice: 'Wait.' } })
    expect(check([failed]).severity).toBe('error')
    expect(check([folder(), failed]).severity).toBe('warning')
    expect(check([failed]).tooltip).toBe('web: Locked. Wait.')
  })

  it('notes in its tooltip what works less well than it could', () => {
    expect(check([folder({ notes: ['Models run on the CPU.'] }), folder()]).tooltip).toBe(
      'web: ready, 3,400 units of 12 files, 2.5 MB\nModels run on the CPU.\n\nweb: ready, 3,400 units of 12 files, 2.5 MB',
    )
  })

  it('has one line a folder', () => {
    expect(folderLine(folder())).toBe('web: ready, 3,400 units of 12 files, 2.5 MB')
    const indexing = folder({ phase: 'indexing', fraction: 0.5, etaSeconds: 200 })
    expect(folderLine(indexing)).toBe('web: indexing 50 %, 3 min left')
    const upgrade = { nUnits: 3400, nUnitsDone: 1200, etaSeconds: 600 }
    const upgrading = folder({ phase: 'upgrading', upgrade, models: [{ space: 'code', id: 'LateOn-Code' }] })
    expect(folderLine(upgrading)).toBe('web: ready, upgrading to LateOn-Code: 1,200 of 3,400 units, 10 min left')
    expect(folderLine({ ...upgrading, phase: 'paused', upgrade: { ...upgrade, etaSeconds: null } })).toBe(
      'web: paused, upgrading to LateOn-Code: 1,200 of 3,400 units',
    )
  })
})
