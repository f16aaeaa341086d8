import { expect, it } from 'vitest'
import { DisposableStore, toDisposable } from '../../../server/src/base/disposable.ts'

it('disposes what it owns once, last added first, and what comes later at once', () => {
  const order: string[] = []
  const store = new DisposableStore()
  store.add(toDisposable(() => order.push('first')))
  store.add(toDisposable(() => order.push('second')))
  store.dispose()
  store.dispose()
  expect(order).toEqual(['second', 'first'])
  store.add(toDisposable(() => order.push('late')))
  expect(order).toEqual(['second', 'first', 'late'])
})
