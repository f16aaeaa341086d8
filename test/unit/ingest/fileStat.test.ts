import { describe, expect, it } from 'vitest'
import { isUnchanged, statAfterTouch, statToKeep } from '../../../server/src/ingest/fileStat.ts'

const THEN = { sizeBytes: 5, mtimeMs: 1000, ctimeMs: 2000, inode: 7 }
const LATER_MS = 1e6

describe('what the file system says of a file', () => {
  it('is another thing where any part of it is', () => {
    expect(isUnchanged({ ...THEN }, THEN)).toBe(true)
    for (const change of [{ sizeBytes: 6 }, { mtimeMs: 1001 }, { ctimeMs: 2001 }, { inode: 8 }]) {
      expect(isUnchanged({ ...THEN, ...change }, THEN)).toBe(false)
    }
  })

  it('counts for nothing where it is nothing, and is looked for again where nobody knew it', () => {
    expect(isUnchanged({ ...THEN, inode: 0, ctimeMs: 0 }, THEN)).toBe(true)
    expect(isUnchanged(THEN, { ...THEN, inode: 0 })).toBe(true)
    expect(isUnchanged(THEN, { sizeBytes: 5, mtimeMs: 1000 })).toBe(false)
  })

  it('is not trusted while the clock may stand still, unless it is another clock', () => {
    expect(statToKeep(THEN, LATER_MS)).toEqual(THEN)
    expect(statToKeep(THEN, THEN.ctimeMs + 10).ctimeMs).toBeUndefined()
    expect(statToKeep(THEN, THEN.ctimeMs - 10).ctimeMs).toBeUndefined()
    expect(statToKeep({ ...THEN, ctimeMs: LATER_MS * 100 }, LATER_MS).ctimeMs).toBe(LATER_MS * 100)
  })

  it('knows inodes that are made up: another one without another change time', () => {
    expect(statAfterTouch({ ...THEN, inode: 8 }, THEN, LATER_MS)).toEqual({ ...THEN, inode: 0 })
    expect(statAfterTouch({ ...THEN, inode: 8, ctimeMs: 3000 }, THEN, LATER_MS)).toMatchObject({ inode: 8 })
    expect(statAfterTouch(THEN, { sizeBytes: 5, mtimeMs: 1000 }, LATER_MS)).toEqual(THEN)
  })
})
