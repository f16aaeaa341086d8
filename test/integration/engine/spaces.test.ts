import { expect, it, vi } from 'vitest'
import { createLog } from '../../../server/src/base/log.ts'
import { engineOn, found, PROJECT } from '../../support/engineHarness.ts'
import { tableModel } from '../../support/tableModel.ts'

it('one model answers for code and another for documentation, in one list', async () => {
  const docs = tableModel(24)
  const { open } = await engineOn({ ...PROJECT, 'docs/files.md': '# Read\n\nread files, write files\n' })
  const folder = await open({ 'model.docs': docs })
  await folder.build()
  const state = await folder.status()
  expect(state).toMatchObject({ nPendingFiles: 0, phase: 'ready' })
  expect(new Set(state.models.map(({ id }) => id)).size).toBe(2)

  expect((await found(folder, 'try an action again after a pause', { mode: 'semantic' }))[0]).toContain('attempts.py')
  const inDocs = await found(folder, 'read files', { mode: 'semantic', space: 'docs' })
  expect(inDocs[0]).toContain('docs/files.md')
  const both = await found(folder, 'read files', { mode: 'semantic' })
  expect(both.some((hit) => hit.startsWith('docs/'))).toBe(true)
  expect(both.some((hit) => hit.startsWith('src/'))).toBe(true)
})

it('the memory of a model that nobody asks is given back, and the next question gets its answer', async () => {
  const lines: string[] = []
  const log = createLog('debug', (_, line) => lines.push(line))
  const { open } = await engineOn(PROJECT, { log, modelIdleMs: 300 })
  const folder = await open()
  await folder.build()
  const question = 'try an action again after a pause'
  const before = await found(folder, question)
  await vi.waitFor(() => expect(lines.join('\n')).toContain('its memory is given back'), { timeout: 5000 })
  expect(await found(folder, question)).toEqual(before)
})
