import { describe, expect, it } from 'vitest'
import { questionFor } from '../../../server/src/engine/tuneQuestions.ts'

describe('the question for a unit', () => {
  const check = (unit: { name?: string; container?: string; doc?: string }, expected: string) =>
    expect(questionFor({ name: '', container: '', doc: '', ...unit })).toBe(expected)

  it('is the first sentence of its comment', () => {
    check({ doc: 'Reads a file of\nkeys. Slow.', name: 'readKeys' }, 'Reads a file of keys')
    check({ doc: 'Whether `a` stands before `b`!' }, 'Whether a stands before b')
    check({ doc: 'Sends one message\n\nTwice.' }, 'Sends one message')
    check({ doc: 'Sends one message\n@param to whom' }, 'Sends one message')
  })
  it('is no longer than people type', () =>
    check(
      { doc: 'one two three four five six seven eight nine ten eleven twelve thirteen' },
      'one two three four five six seven eight nine ten eleven twelve',
    ))
  it('is made of its name and the next name around it where the comment says little', () => {
    check({ name: 'parseHTTPHeader', container: 'Server.RequestReader' }, 'request reader parse http header')
    check({ name: 'close', container: 'File', doc: 'Closes it.' }, 'file close')
    check({ name: 'Colour axes', container: 'Charts > Colours' }, 'colours colour axes')
  })
  it('says no word twice', () => check({ name: 'fileReader', container: 'File' }, 'file reader'))
  it('is empty where there is nothing to ask with', () => check({}, ''))
})
