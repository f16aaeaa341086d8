import { describe, expect, it } from 'vitest'
import { tuneItems, tuneTitle } from '../../../client/src/ui/tuneModel.ts'
import { TUNED } from '../cli/fakeEngine.ts'

describe('the choice of search settings', () => {
  it('starts with the recommended one and marks the one in use', () => {
    expect(tuneItems(TUNED).map(({ label, description }) => `${label}: ${description}`)).toEqual([
      '$(star-full) 4 probes, 2,048 candidates: finds 98.2% of the ten best · 4.1 ms, 19 of 20 within 7.0 ms · recommended',
      '$(blank) 2 probes, 1,024 candidates: finds 92.4% of the ten best · 2.3 ms, 19 of 20 within 4.0 ms',
      '$(check) 8 probes, 4,096 candidates: finds 99.0% of the ten best · 12 ms, 19 of 20 within 15 ms · in use',
    ])
    expect(tuneItems(TUNED)[0]!.effort).toEqual(TUNED.recommended)
  })

  it('marks one as both', () =>
    expect(tuneItems({ ...TUNED, recommended: TUNED.current })[0]).toMatchObject({
      label: expect.stringContaining('star'),
      description: expect.stringMatching(/recommended · in use$/),
    }))

  it('says what was measured', () =>
    expect(tuneTitle(TUNED)).toBe('Lateral: 50 questions from 5,678 units; an exact search takes 61 ms'))
})
