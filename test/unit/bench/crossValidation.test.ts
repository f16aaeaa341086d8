import { describe, expect, it } from 'vitest'
import { RANKING_WEIGHTS } from '../../../server/src/search/weights.ts'
import { type Judged, leaveOneOut } from '../../bench/quality/crossValidation.ts'
import type { Knob } from '../../bench/quality/knobs.ts'

const FOLDER: Knob = {
  name: 'folder',
  values: [0, 0.5, 1],
  get: ({ folder }) => folder,
  set: (weights, folder) => ({ ...weights, folder }),
}

/** One whose figure is best at `folder`. */
const likes = (folder: number): Judged => ({
  name: `likes ${folder}`,
  score: (weights) => 1 - Math.abs(weights.folder - folder),
})

describe('leaveOneOut', () => {
  it('scores each with what the others like', () => {
    const { left, best, bestWeights } = leaveOneOut([likes(1), likes(1), likes(0)], [FOLDER])
    // The first two without each other see one vote on either side and stay in the middle.
    expect(left).toEqual([0.5, 0.5, 0])
    expect(best).toEqual([1, 1, 0])
    expect(bestWeights).toEqual({ ...RANKING_WEIGHTS, folder: 1 })
  })

  it('says how often each value was chosen', () => {
    const { knobs } = leaveOneOut([likes(1), likes(1), likes(0)], [FOLDER])
    expect(knobs).toEqual([
      {
        name: 'folder',
        committed: RANKING_WEIGHTS.folder,
        chosenOnAll: 1,
        chosen: new Map([
          [0.5, 2],
          [1, 1],
        ]),
      },
    ])
  })
})
