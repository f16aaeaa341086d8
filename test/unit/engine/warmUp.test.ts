import { describe, expect, it } from 'vitest'
import { CancelledError } from '../../../server/src/base/errors.ts'
import { WarmUp, warmUpQuestions } from '../../../server/src/engine/warmUp.ts'
import { parseQuery } from '../../../server/src/search/query.ts'
import { decideRoute } from '../../../server/src/search/router.ts'
import { ManualClock, settle } from '../../support/manualClock.ts'

/** A warm-up whose questions are answered when the test says so. */
function warmUp() {
  const clock = new ManualClock()
  const asked: string[] = []
  let answer = (_error?: Error) => {}
  const own = new WarmUp((question, signal) => {
    asked.push(question)
    return new Promise<void>((resolve, reject) => {
      answer = (error) => (error ? reject(error) : resolve())
      signal.addEventListener('abort', () => {
        asked.push(`${question} withdrawn`)
        reject(new CancelledError())
      })
    })
  }, clock)
  const stop = new AbortController()
  return {
    ...{ clock, asked, stop },
    run: (...questions: string[]) => own.run(questions, stop.signal),
    first: (work: () => Promise<unknown>) => own.first(work),
    async answer(error?: Error) {
      answer(error)
      await settle()
    },
  }
}

describe('a warm-up', () => {
  it('asks one question after the other while nobody waits', async () => {
    const { asked, run, answer } = warmUp()
    const running = run('one', 'two')
    await settle()
    expect(asked).toEqual(['one'])
    await answer()
    expect(asked).toEqual(['one', 'two'])
    await answer()
    await running
  })

  it('gives way to a user at once, and goes on a second after the last answer', async () => {
    const { clock, asked, run, first, answer } = warmUp()
    const running = run('one', 'two')
    await settle()
    let answerUser = () => {}
    const users = first(() => new Promise<void>((resolve) => (answerUser = resolve)))
    expect(asked).toEqual(['one', 'one withdrawn'])
    await clock.advance(5000)
    expect(asked).toHaveLength(2)
    answerUser()
    await users
    await clock.advance(999)
    expect(asked).toHaveLength(2)
    await clock.advance(1)
    // A sleep that began during the answer may last as long again.
    await clock.advance(1000)
    expect(asked).toEqual(['one', 'one withdrawn', 'two'])
    await answer()
    await running
  })

  it('ends with its folder, and with a question that fails', async () => {
    const closed = warmUp()
    const running = closed.run('one', 'two')
    await settle()
    closed.stop.abort()
    await expect(running).rejects.toThrow(CancelledError)
    const broken = warmUp()
    const failing = broken.run('one', 'two')
    failing.catch(() => {})
    await settle()
    await broken.answer(new Error('no model'))
    await expect(failing).rejects.toThrow('no model')
    expect([closed.asked, broken.asked]).toEqual([['one', 'one withdrawn'], ['one']])
  })
})

describe('its questions', () => {
  const units = ['retryCall', 'a/b: "c"', 'Hasher'].map((name) => {
    return { path: 'a.ts', startLine: 1, name, container: 'net.Client' }
  })

  it('are of all sorts, as many as are wanted, however few units there are', () => {
    const questions = warmUpQuestions(units, 30)
    expect(questions).toHaveLength(30)
    expect(questions).toEqual(expect.arrayContaining(['retryCall', 'client retry call']))
    const routes = new Set(questions.map((question) => decideRoute(question, []).route))
    expect([...routes].sort()).toEqual(['identifier', 'mixed', 'question'])
    expect(warmUpQuestions([], 30)).toEqual([])
  })

  it('hold no filters, whatever units are called', () => {
    for (const question of warmUpQuestions(units, 30)) {
      expect(parseQuery(question)).toMatchObject({ text: question, conditions: [], like: [] })
    }
  })
})
