import { describe, expect, it } from 'vitest'
import { AppError } from '../../server/src/base/errors.ts'
import * as errorCodes from '../../server/src/contract/errorCodes.ts'
import { codeFiles, read } from './repository.ts'

const DEFINED_IN = 'server/src/contract/errorCodes.ts'

describe('every error code', () => {
  const factories = Object.entries(errorCodes).filter(([, value]) => typeof value === 'function') as [
    string,
    (...args: unknown[]) => AppError,
  ][]
  const files = codeFiles().filter((file) => file !== DEFINED_IN && !file.startsWith('test/hygiene/'))
  const texts = files.map((file) => ({ file, text: read(file) }))
  const mentioning = (folder: RegExp, ...words: string[]) =>
    texts.filter(({ file, text }) => folder.test(file) && words.some((word) => new RegExp(`\\b${word}\\b`).test(text)))

  it('has a message and one sentence of advice', () => {
    for (const [, factory] of factories) {
      const error = factory('Text.', 'text', 'text')
      expect(error).toBeInstanceOf(AppError)
      expect(errorCodes.ERROR_CODES).toContain(error.code)
      expect(error.message).toMatch(/\.$/)
      expect(error.advice).toMatch(/^[A-Z].+\.$/)
    }
  })

  it('is used by a source file', () => {
    const unused = factories.filter(([name]) => mentioning(/^(server|client)\//, name).length === 0)
    expect(unused.map(([name]) => name)).toEqual([])
  })

  it('has a test', () => {
    const untested = factories.filter(
      ([name, factory]) => mentioning(/^test\//, name, factory('Text.', 'text', 'text').code).length === 0,
    )
    expect(untested.map(([name]) => name)).toEqual([])
  })
})
