import { describe, expect, it } from 'vitest'
import {
  AppError,
  CancelledError,
  deserializeError,
  isCancelled,
  serializeError,
} from '../../../server/src/base/errors.ts'
import { nodeFeatureMissing } from '../../../server/src/contract/errorCodes.ts'

const across = (error: unknown) => deserializeError(structuredClone(serializeError(error)))

describe('an error across a border', () => {
  it('stays an expected failure', () => {
    const error = nodeFeatureMissing('SQLite')
    const again = across(error) as AppError
    expect(again).toBeInstanceOf(AppError)
    expect(again).toMatchObject({ code: 'E_NODE_FEATURE', message: error.message, advice: error.advice })
  })
  it('stays a cancellation', () => {
    expect(across(new CancelledError())).toBeInstanceOf(CancelledError)
    expect(across(AbortSignal.abort().reason)).toBeInstanceOf(CancelledError)
  })
  it('keeps name, message and code of any other', () =>
    expect(across(Object.assign(new RangeError('too long'), { code: 'ERR_X' }))).toMatchObject({
      name: 'RangeError',
      message: 'too long',
      code: 'ERR_X',
    }))
  it('makes an error of what is none', () => expect(across('thrown text').message).toBe('thrown text'))
})

describe('isCancelled', () => {
  it('knows our own and that of Node', () => {
    expect(isCancelled(new CancelledError())).toBe(true)
    expect(isCancelled(AbortSignal.abort().reason)).toBe(true)
    expect(isCancelled(new Error('Cancelled'))).toBe(false)
    expect(isCancelled('Cancelled')).toBe(false)
  })
})
