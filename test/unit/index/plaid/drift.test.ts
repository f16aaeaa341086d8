import { describe, expect, it } from 'vitest'
import type { Codec } from '../../../../server/src/index/plaid/codec.ts'
import {
  countOutliers,
  dueUpkeep,
  excessOutliers,
  outlierScoreOf,
  roomForCentroids,
} from '../../../../server/src/index/plaid/drift.ts'

const codecOf = (changes: Partial<Codec>) => ({ nCentroids: 4096, nTrainedTokens: 100_000, ...changes }) as Codec

describe('outliers', () => {
  it('are the lowest fiftieth of what the codec was trained on', () => {
    const scores = Float32Array.from({ length: 1000 }, (_, i) => ((i * 7) % 1000) / 1000)
    const codec = codecOf({ outlierScore: outlierScoreOf(scores) })
    expect(countOutliers(codec, scores)).toBe(20)
  })

  it('are not known to codecs of format 1', () => {
    expect(countOutliers(codecOf({}), Float32Array.of(-0.9, 0.1))).toBe(0)
  })

  it('count from the share that is to be expected', () => {
    expect(excessOutliers({ nTokens: 100_000, nOutliers: 2000 })).toBe(0)
    expect(excessOutliers({ nTokens: 100_000, nOutliers: 7000 })).toBe(5000)
  })
})

describe('the upkeep that is due', () => {
  it.each([
    ['nothing while the corpus is as it was', {}, 120_000, 2400, undefined],
    ['nothing for a few outliers', {}, 120_000, 4000, undefined],
    ['centroids for many', {}, 120_000, 8000, 'append'],
    ['nothing where those have theirs', { nServedOutliers: 5600 }, 120_000, 8000, undefined],
    ['training where there is no room for more', { nCentroids: 6144 }, 120_000, 8000, 'retrain'],
    ['training where a fifth and more are outliers', {}, 120_000, 30_000, 'retrain'],
    ['training where the corpus is sixteen times as large', {}, 1_600_000, 0, 'retrain'],
    [
      'training where the corpus has the size that it is to be done at',
      { retrainAtTokens: 400_000 },
      400_000,
      0,
      'retrain',
    ],
    ['nothing before that', { retrainAtTokens: 400_000 }, 399_999, 0, undefined],
    ['nothing for an index that is scored in full anyway', { nTrainedTokens: 10 }, 4000, 3000, undefined],
    [
      'training by the number of centroids where format 1 says no more',
      { nTrainedTokens: undefined },
      4_194_304,
      0,
      'retrain',
    ],
  ] as const)('is %s', (_, changes, nTokens, nOutliers, due) => {
    expect(dueUpkeep(codecOf(changes as Partial<Codec>), { nTokens, nOutliers })).toBe(due)
  })

  it('leaves room for half as many centroids again, but never widens the codes', () => {
    expect(roomForCentroids({ nCentroids: 4096 })).toBe(2048)
    expect(roomForCentroids({ nCentroids: 6000 })).toBe(144)
    expect(roomForCentroids({ nCentroids: 6144 })).toBe(0)
    expect(roomForCentroids({ nCentroids: 65_536 })).toBe(0)
    expect(roomForCentroids({ nCentroids: 131_072 })).toBe(65_536)
  })
})
