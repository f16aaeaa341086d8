import { describe, expect, it, onTestFinished } from 'vitest'
import { diskFull, folderUnreadable, indexLocked, modelMissing } from '../../../server/src/contract/errorCodes.ts'
import { Recovery } from '../../../server/src/lsp/recovery.ts'
import { ManualClock, settle } from '../../support/manualClock.ts'

/** A folder that fails as it is told to, under a clock that stands still. */
function patient() {
  const clock = new ManualClock()
  const calls: string[] = []
  const told = { check: undefined as Error | undefined, checkRetry: undefined as Error | undefined }
  const recovery = new Recovery(
    {
      async check() {
        calls.push('check')
        if (told.check) throw told.check
      },
      async checkRetry() {
        calls.push('checkRetry')
        if (told.checkRetry) throw told.checkRetry
      },
      retry: () => void calls.push('retry'),
      ail(error) {
        calls.push(`ail ${(error as { code: string }).code}`)
        recovery.failed(error)
      },
    },
    clock,
  )
  onTestFinished(() => recovery.dispose())
  /** What was called in so many seconds. */
  const within = async (seconds: number) => {
    calls.length = 0
    for (let i = 0; i < seconds * 2; i++) await clock.advance(500)
    return calls.slice()
  }
  return { recovery, told, within }
}

describe('the recovery of a folder', () => {
  it('looks every other second whether a healthy one is still there', async () => {
    const { within } = patient()
    expect(await within(6)).toEqual(['check', 'check', 'check'])
  })

  it('hears that it is gone, waits until it is back, and starts its work again', async () => {
    const { told, within } = patient()
    told.check = folderUnreadable('/folder')
    told.checkRetry = told.check
    expect(await within(2)).toEqual(['check', 'ail E_FOLDER'])
    expect(await within(2)).toEqual(['checkRetry', 'ail E_FOLDER', 'checkRetry', 'ail E_FOLDER'])
    told.check = undefined
    told.checkRetry = undefined
    expect(await within(1)).toEqual(['checkRetry', 'retry'])
    expect(await within(2)).toEqual(['check'])
  })

  it('tries once a second whether another process has given up the right to write', async () => {
    const { recovery, told, within } = patient()
    recovery.failed(indexLocked('process 7'))
    told.checkRetry = indexLocked('process 7')
    await within(2)
    for (let i = 0; i < 20; i++) expect(await within(1)).toEqual(['checkRetry', 'ail E_LOCKED'])
    told.checkRetry = undefined
    expect(await within(1)).toEqual(['checkRetry', 'retry'])
  })

  it('retries what costs something less and less often, up to once a minute, and at first again after a success', async () => {
    const { recovery, within } = patient()
    const failAgain = () => recovery.failed(diskFull('/index'))
    failAgain()
    const waits: number[] = []
    for (let retries = 0, waited = 0; retries < 9 && waited < 200; waited++) {
      if (!(await within(1)).includes('retry')) continue
      waits.push(waited + 1)
      waited = -1
      retries++
      failAgain()
    }
    expect(waits.slice(1)).toEqual([2, 4, 8, 16, 32, 60, 60, 60])
    recovery.succeeded()
    await within(60)
    failAgain()
    expect(await within(3)).toContain('retry')
  })

  it('leaves alone what only a person can mend', async () => {
    const { recovery, within } = patient()
    recovery.failed(modelMissing('/model', 'model.onnx'))
    expect(await within(120)).toEqual([])
  })

  it('ends when it is disposed', async () => {
    const { recovery, within } = patient()
    recovery.dispose()
    await settle()
    expect(await within(10)).toEqual([])
  })
})
