import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { encodeSectionFile, FILE_KIND } from '../../../server/src/index/sectionFile.ts'
import { SectionWriter } from '../../../server/src/index/sectionWriter.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

const META = { nDocs: 3 }
const A = Uint8Array.from({ length: 77 }, (_, i) => i)
const B = Uint8Array.from({ length: 5 }, (_, i) => 200 + i)
const sizes = [
  ['a', A.length],
  ['b', B.length],
  ['empty', 0],
] as const

it('writes piece by piece what is written at once otherwise', () => {
  const file = path.join(temporaryFolder(), 'piecewise')
  const writer = new SectionWriter(file, FILE_KIND.segment, META, sizes)
  writer.append('b', B.subarray(0, 2))
  writer.append('a', A.subarray(0, 50))
  writer.append('a', A.subarray(50))
  writer.append('b', B.subarray(2))
  const expected = encodeSectionFile(FILE_KIND.segment, META, [
    ['a', A],
    ['b', B],
    ['empty', new Uint8Array()],
  ])
  expect(writer.finish()).toBe(expected.length)
  expect(Buffer.compare(readFileSync(file), expected)).toBe(0)
})

it('leaves nothing when it is abandoned, and ends no file that lacks a part', () => {
  const file = path.join(temporaryFolder(), 'part')
  const writer = new SectionWriter(file, FILE_KIND.segment, META, sizes)
  writer.append('a', A)
  expect(() => writer.finish()).toThrow('not complete')
  writer.abandon()
  expect(existsSync(file)).toBe(false)
})
