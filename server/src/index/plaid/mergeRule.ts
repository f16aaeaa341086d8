import type { SegmentEntry } from '../manifest.ts'

/**
 * How many of the newest segments are to become one, 0 for none: while they are many and alike in size, so that files
 * stay few and every doc moves O(log n) times. Large ones that other indexes share are left alone.
 */
export function segmentsToMerge(segments: readonly SegmentEntry[], isShared: (entry: SegmentEntry) => boolean): number {
  if (segments.length < MERGE_WIDTH) return 0
  const tail = segments.slice(-MERGE_WIDTH)
  const tokens = tail.reduce((sum, segment) => sum + segment.nTokens, 0)
  if (Math.max(...tail.map((segment) => segment.nTokens)) * 2 > tokens + MERGE_FLOOR_TOKENS) return 0
  return tail.some((segment) => segment.nTokens > MERGE_FLOOR_TOKENS && isShared(segment)) ? 0 : MERGE_WIDTH
}

const MERGE_WIDTH = 4
const MERGE_FLOOR_TOKENS = 20_000
