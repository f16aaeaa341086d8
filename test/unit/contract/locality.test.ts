import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { mayWrite, placesOf } from '../../../server/src/contract/locality.ts'

const storage = path.resolve('/data/lateral')
const temporary = path.resolve('/scratch')
const workspace = path.resolve('/code')
const places = placesOf({
  ...{ workspaces: [workspace], programDirectory: path.resolve('/opt/lateral'), storageDirectory: storage },
  ...{ userModelsDirectory: path.join(storage, 'models'), temporaryDirectory: temporary, platform: 'linux' },
})

describe('what may be written', () => {
  it.each([
    [path.join(storage, 'indexes', 'x', 'catalog.sqlite'), true],
    [path.join(temporary, 'lateral-rows-1'), true],
    [path.join(temporary, 'lateral-catalog-1', 'catalog.sqlite'), true],
    [path.resolve('/dev/shm/lateral-rows-1'), true],
    [path.resolve('/dev/shm/lateral-catalog-1'), false],
    [path.join(temporary, 'mat-debug-17.log'), false],
    [path.join(workspace, 'a.ts'), false],
    [path.resolve('/opt/lateral/server/dist/main.js'), false],
    [`${storage}2`, false],
    [path.join(storage, '..', 'x'), false],
  ])('%s: %s', (file, expected) => {
    expect(mayWrite(places, file)).toBe(expected)
  })
})
