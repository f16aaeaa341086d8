import { closeSync, openSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { inheritedRowFiles, RowFiles } from '../../../server/src/encode/rowFiles.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

describe('files of rows', () => {
  it('give what was written last, in a buffer of its own, and leave nothing in their folder', () => {
    const folder = temporaryFolder()
    const files = new RowFiles([path.join(folder, 'gone'), folder])
    expect(readdirSync(folder)).toEqual([])
    const writer = inheritedRowFiles(files.fds)!
    expect(writer.write(0, [Float32Array.of(1, 2, 3), Float32Array.of(4)])).toBe(true)
    expect(writer.write(1, [Float32Array.of(5)])).toBe(true)
    expect(writer.write(0, [Float32Array.of(6, 7).subarray(1), new Float32Array(0)])).toBe(true)
    const rows = files.read(0, 1)
    expect([...rows]).toEqual([7])
    expect(rows.buffer.byteLength).toBe(4)
    expect([...files.read(1, 1)]).toEqual([5])
    expect(() => files.read(1, 2)).toThrow('ends after 4 of 8 bytes')
    files.close()
  })

  it('are given to one call at a time, and to none once they are closed', () => {
    const files = new RowFiles([temporaryFolder()])
    const taken = [files.take()!, files.take()!]
    expect(taken.sort()).toEqual([0, 1])
    expect(files.take()).toBeUndefined()
    files.giveBack(1)
    expect(files.take()).toBe(1)
    files.giveBack(0)
    const fds = [...files.fds]
    files.close()
    expect(files.take()).toBeUndefined()
    // What the system gives their numbers to next is not theirs to close.
    const others = fds.map(() => openSync(import.meta.filename, 'r'))
    expect(others.some((fd) => fds.includes(fd))).toBe(true)
    files.close()
    for (const fd of others) closeSync(fd)
  })

  it('are done without where they cannot be had or written', () => {
    const none = new RowFiles([path.join(temporaryFolder(), 'gone')])
    expect(none.fds).toEqual([])
    expect(none.take()).toBeUndefined()
    expect(inheritedRowFiles([9_000, 9_001])).toBeUndefined()

    const files = new RowFiles([temporaryFolder()])
    const readOnly = [0, 1].map(() => openSync(import.meta.filename, 'r'))
    const writer = inheritedRowFiles(readOnly)!
    expect(writer.write(0, [Float32Array.of(1)])).toBe(false)
    for (const fd of readOnly) closeSync(fd)
    files.close()
  })
})
