import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FolderView } from '../../../server/src/index/folderView.ts'
import { LexicalStore } from '../../../server/src/index/lexical/store.ts'
import type { FileInput } from '../../../server/src/index/types.ts'
import { fileInput } from './support.ts'

/** A view whose docs are made as they are asked for, as the lexical store does. */
function emptyView() {
  const lexical = new LexicalStore()
  const docOf = (key: string) => lexical.add(key, { terms: [], counts: new Uint8Array(0) })
  const view = new FolderView()
  return { view, put: (input: FileInput) => view.putFile(input, docOf), docOf }
}

/** Everything that the view says of its live units, by path. */
function content(view: FolderView) {
  const files: Record<string, unknown[]> = {}
  for (const file of view.filesByPath) {
    files[view.filePath(file)] = view.unitsOfFile(file).map((unit) => {
      expect(view.live.has(unit)).toBe(true)
      expect(view.path(unit)).toBe(view.filePath(file))
      return [view.name(unit), view.startLine[unit], view.endLine[unit], view.bodyDoc[unit], view.contextDoc[unit]]
    })
  }
  return files
}

const paths = fc.constantFrom('a.go', 'a/b.go', 'a/c.md', 'a-b/d.go', 'a.b/e.go', 'z.go')
const edits = fc.array(
  fc.oneof(
    fc.record({ path: paths, texts: fc.array(fc.constantFrom('one', 'two', 'three', 'four'), { maxLength: 4 }) }),
    fc.record({ path: paths }),
  ),
  { maxLength: 40 },
)

describe('the view of a folder', () => {
  it('says after any edits what a plain table of files says', () =>
    fc.assert(
      fc.property(edits, (script) => {
        const { view, put, docOf } = emptyView()
        const model = new Map<string, FileInput>()
        for (const { path, ...edit } of script) {
          if ('texts' in edit) {
            const input = fileInput(path, edit.texts as string[])
            put(input)
            model.set(path, input)
          } else {
            view.removeFile(path)
            model.delete(path)
          }
        }
        const expected = [...model.values()].map(({ path, units }) => [
          path,
          units.map((unit) => [unit.name, unit.startLine, unit.endLine, docOf(unit.bodyKey), docOf(unit.contextKey)]),
        ])
        expect(content(view)).toEqual(Object.fromEntries(expected))
        const nUnits = [...model.values()].reduce((sum, { units }) => sum + units.length, 0)
        expect(view.nLive).toBe(nUnits)
        expect(view.live.count()).toBe(nUnits)
        expect(view.nFiles).toBe(model.size)
        expect(
          view
            .fileRows()
            .map((row) => row.path)
            .sort(),
        ).toEqual([...model.keys()].sort())
      }),
    ))

  it('sorts a folder before what merely starts like it', () => {
    const { view, put } = emptyView()
    for (const path of ['a.b/e.go', 'a-b/d.go', 'a.go', 'a/z.go', 'a/b.go', 'B.go']) put(fileInput(path, ['one']))
    expect(view.filesByPath.map(view.filePath)).toEqual(['B.go', 'a/b.go', 'a/z.go', 'a-b/d.go', 'a.b/e.go', 'a.go'])
  })

  it('keeps files sorted through edits as it sorts them anew', () =>
    fc.assert(
      fc.property(edits, (script) => {
        const { view, put } = emptyView()
        const anew = emptyView()
        for (const { path, ...edit } of script) {
          // Asked for before each edit, and only at the end.
          void view.filesByPath
          for (const each of [{ view, put }, anew]) {
            if ('texts' in edit) each.put(fileInput(path, edit.texts as string[]))
            else each.view.removeFile(path)
          }
        }
        expect(view.filesByPath).toEqual(anew.view.filesByPath)
      }),
    ))

  it('keeps its columns while it grows', () => {
    const { view, put } = emptyView()
    for (let i = 0; i < 700; i++) put(fileInput(`${i}.go`, [`first ${i}`, `second ${i}`]))
    expect(view.size).toBe(1400)
    expect(view.live.size).toBe(1400)
    expect(view.name(1399)).toBe('second 699')
    expect([view.startLine[1399], view.endLine[1399], view.nameLine[1399]]).toEqual([11, 19, 11])
    expect(view.path(2)).toBe('1.go')
    expect(view.language(2)).toBe('go')
  })

  it('gives rows of files at and below paths', () => {
    const { view, put } = emptyView()
    for (const path of ['a.go', 'a/b.go', 'a/b/c.go', 'ab.go']) put(fileInput(path, ['one']))
    const rowsOf = (...wanted: string[]) => view.fileRows(wanted).map((row) => row.path)
    expect(rowsOf('a')).toEqual(['a/b.go', 'a/b/c.go'])
    expect(rowsOf('a/b', 'ab.go')).toEqual(['a/b/c.go', 'ab.go'])
    expect(rowsOf()).toEqual([])
    expect(view.fileRow('a.go')).toMatchObject({ path: 'a.go', nUnits: 1 })
    expect(view.fileRow('nowhere')).toBeUndefined()
  })

  it('takes new times without becoming another table', () => {
    const { view, put } = emptyView()
    put(fileInput('a.go', ['one']))
    const before = view.version
    view.touch('a.go', { sizeBytes: 5, mtimeMs: 9 })
    view.touch('nowhere', { sizeBytes: 5, mtimeMs: 9 })
    expect(view.fileRow('a.go')).toMatchObject({ sizeBytes: 5, mtimeMs: 9 })
    expect(view.version).toBe(before)
  })

  it('never has the version of another view, nor one of its own again', () => {
    const views = [emptyView(), emptyView()]
    const versions = views.flatMap(({ view, put }) => {
      put(fileInput('a.go', ['one']))
      const first = view.version
      view.removeFile('a.go')
      return [first, view.version]
    })
    expect(new Set(versions).size).toBe(4)
  })

  it('is wasteful once most of a large table is dead', () => {
    const { view, put } = emptyView()
    const texts = Array.from({ length: 7000 }, (_, i) => String(i))
    put(fileInput('a.go', texts))
    put(fileInput('a.go', texts))
    expect(view.wasteful).toBe(false)
    put(fileInput('a.go', texts))
    expect(view.wasteful).toBe(true)
  })
})
