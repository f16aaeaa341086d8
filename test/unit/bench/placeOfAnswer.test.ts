import { describe, expect, it } from 'vitest'
import { type Asked, type Placed, placeOfAnswer } from '../../bench/units/projects.ts'

const asked: Asked = {
  set: 'functions',
  target: { question: 'q', path: 'src/a.ts', isType: false, nameLine: 12, startLine: 10, endLine: 20 },
  question: 'q',
  found: undefined,
}

function check(hits: [file: string, startLine: number, endLine: number, score: number][], wanted: Placed): void {
  const answer = {
    ms: 1,
    hits: hits.map(([file, startLine, endLine, score]) => ({ file: `/p/${file}`, startLine, endLine, score })),
  }
  expect(placeOfAnswer(asked, { name: 'p', folder: '/p', asked: [asked] }, answer)).toEqual(wanted)
}

describe('placeOfAnswer', () => {
  it('takes the unit with just the lines of the declaration', () =>
    check([['src/a.ts', 10, 20, 1]], { reciprocalRank: 1, isFirstExact: true, fileNdcg: 1 }))

  it('takes one that begins at the name', () =>
    check([['src/a.ts', 12, 20, 1]], { reciprocalRank: 1, isFirstExact: false, fileNdcg: 1 }))

  it('does not take one around the declaration', () =>
    check([['src/a.ts', 1, 90, 1]], { reciprocalRank: 0, isFirstExact: false, fileNdcg: 1 }))

  it('goes by the scores of units, and by the order of files', () =>
    check(
      [
        ['src/b.ts', 1, 2, 0.5],
        ['src/a.ts', 10, 20, 0.9],
      ],
      { reciprocalRank: 1, isFirstExact: true, fileNdcg: 1 / Math.log2(3) },
    ))
})
