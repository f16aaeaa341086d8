import { expect, it } from 'vitest'
import { createLog, type LogLevel, nullLog } from '../../../server/src/base/log.ts'

const written = (level: LogLevel) => {
  const lines: string[] = []
  const log = createLog(level, (own, message) => lines.push(`${own} ${message}`))
  log.trace('a')
  log.debug('b')
  log.info('c')
  log.warn('d')
  log.error('e')
  return lines.join(', ')
}

it('keeps lines of its level and above', () => {
  expect(written('trace')).toBe('trace a, debug b, info c, warn d, error e')
  expect(written('warn')).toBe('warn d, error e')
  expect(written('off')).toBe('')
  expect(() => nullLog.error('nobody hears')).not.toThrow()
})
