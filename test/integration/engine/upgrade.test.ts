import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FolderState } from '../../../server/src/engine/types.ts'
import { engineOn, found, PROJECT } from '../../support/engineHarness.ts'
import { tableModel } from '../../support/tableModel.ts'

const both = (model: string) => ({ 'model.code': model, 'model.docs': model })
const QUESTION = 'try an action again after a pause'

describe('a folder that is opened with another model', () => {
  it('is searched with the model before until the upgrade is done, and says how far that is', async () => {
    const { open, write } = await engineOn(PROJECT)
    const first = await open()
    await first.build()
    const before = await found(first, QUESTION, { mode: 'semantic' })
    await first.close()

    const folder = await open(both(tableModel()))
    const { nUnits } = await folder.status()
    expect(await folder.build()).toMatchObject({ nUnitsEncoded: 0 })
    expect(await folder.status()).toMatchObject({ fraction: 1, phase: 'ready', upgrade: { nUnits, nUnitsDone: 0 } })
    expect(await found(folder, QUESTION, { mode: 'semantic' })).toEqual(before)
    expect((await folder.related('src/auth/credentials.go', 4)).hits[0]?.name).toBe('VerifyPassword')

    write({ 'src/zeppelin.ts': 'export function landZeppelin() {\n  return mast.moor()\n}\n' })
    await folder.build({ paths: ['src/zeppelin.ts'] })
    expect((await found(folder, 'how does an airship zeppelin land', { mode: 'semantic' }))[0]).toContain('zeppelin.ts')

    const states: FolderState[] = []
    folder.onDidChangeState((state) => states.push(state))
    expect(await folder.upgrade()).toMatchObject({ nUnitsEncoded: nUnits + 1, isComplete: true })
    const upgrading = states.filter(({ phase }) => phase === 'upgrading')
    expect(upgrading.length).toBeGreaterThan(0)
    expect(upgrading.every(({ upgrade, fraction }) => upgrade?.nUnits === nUnits + 1 && fraction === 1)).toBe(true)
    const state = await folder.status()
    expect(state.phase).toBe('ready')
    expect(state.upgrade).toBeUndefined()
    expect(await folder.upgrade()).toBeUndefined()
    expect(await found(folder, QUESTION, { mode: 'semantic' })).toHaveLength(nUnits + 1)
  })

  it('goes back at once, and on from where it was', async () => {
    const { open } = await engineOn(PROJECT)
    const first = await open()
    await first.build()
    await first.close()
    const other = both(tableModel())
    const there = await open(other)
    await there.build()
    await there.upgrade()
    await there.close()

    const back = await open()
    expect(await back.build()).toMatchObject({ nUnitsEncoded: 0 })
    expect((await back.status()).upgrade).toBeUndefined()
    expect((await found(back, QUESTION))[0]).toContain('attempts.py')
    await back.close()
    const again = await open(other)
    expect((await again.status()).upgrade).toBeUndefined()
    expect(await again.build()).toMatchObject({ nUnitsEncoded: 0 })
  })

  it('is encoded at once where the model before is gone', async () => {
    const { open } = await engineOn(PROJECT)
    const lost = tableModel()
    const first = await open(both(lost))
    await first.build()
    await first.close()
    writeFileSync(path.join(lost, 'onnx_config.json'), '{}')
    const folder = await open()
    expect((await folder.status()).upgrade).toBeUndefined()
    await folder.build()
    expect(await folder.status()).toMatchObject({ nPendingFiles: 0, fraction: 1 })
    expect((await found(folder, QUESTION, { mode: 'semantic' }))[0]).toContain('attempts.py')
  })

  it('keeps both models busy when the index is thrown away meanwhile', async () => {
    const { open } = await engineOn(PROJECT)
    const first = await open()
    await first.build()
    await first.close()
    const folder = await open(both(tableModel()))
    await folder.build()
    const upgrade = folder.upgrade().catch(() => {})
    await folder.clear()
    await upgrade
    await folder.build()
    await folder.upgrade()
    const state = await folder.status()
    expect(state).toMatchObject({ nPendingFiles: 0, fraction: 1 })
    expect(state.upgrade).toBeUndefined()
  })
})

describe('a folder without an index, with a bridge model', () => {
  it('is answered by that until the chosen model has seen everything', async () => {
    const { open } = await engineOn(PROJECT, { bridgeModel: 'embedded' })
    const folder = await open(both(tableModel()))
    await folder.build()
    const { nUnits, upgrade } = await folder.status()
    expect(upgrade).toMatchObject({ nUnits, nUnitsDone: 0 })
    expect((await found(folder, QUESTION, { mode: 'semantic' }))[0]).toContain('attempts.py')
    await folder.upgrade()
    expect((await folder.status()).upgrade).toBeUndefined()
    await folder.close()
    expect((await (await open(both(tableModel()))).status()).nPendingFiles).toBe(0)
  })

  it('is not needed where the chosen model is the bridge', async () => {
    const { open } = await engineOn(PROJECT, { bridgeModel: 'embedded' })
    const folder = await open()
    await folder.build()
    expect((await folder.status()).upgrade).toBeUndefined()
    expect(await folder.upgrade()).toBeUndefined()
  })
})
