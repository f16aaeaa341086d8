import { describe, expect, it } from 'vitest'
import { FolderStates } from '../../../server/src/engine/folderStates.ts'
import type { BuildProgress, FolderState } from '../../../server/src/engine/types.ts'

const statsOf = (nFiles: number, nPendingFiles: number) => ({
  nFiles,
  nUnits: nFiles * 2,
  nPendingFiles,
  nTokens: 0,
  sizeBytes: 0,
  unusedBytes: 0,
  vectorBytes: 0,
  needsTraining: false,
  kernel: 'plain',
  isWriter: true,
  isBuilt: true,
})
const progressOf = (phase: BuildProgress['phase'], changes: Partial<BuildProgress> = {}): BuildProgress => ({
  phase,
  nFiles: 0,
  nFilesDone: 0,
  nUnits: 0,
  nUnitsDone: 0,
  nTokens: 0,
  tokensPerSecond: 0,
  etaSeconds: null,
  ...changes,
})
const encoding = (nUnitsDone: number, nFiles = 100) =>
  progressOf('encoding', { nFiles, nUnits: 200, nUnitsDone, tokensPerSecond: 50, etaSeconds: 9 })

function watched(nFiles: number, nPendingFiles: number) {
  const states = new FolderStates('/folder', [], statsOf(nFiles, nPendingFiles))
  const seen: FolderState[] = []
  states.onDidChange((state) => seen.push(state))
  return { states, seen }
}
const ERROR = { code: 'E_DISK_FULL', message: 'Full.', advice: 'Free some space.' }

describe('files that are cut by lines', () => {
  it('are named in a note, until there are none', () => {
    const { states } = watched(10, 0)
    const paths = Array.from({ length: 7 }, (_, i) => `f${i}.ps1`)
    states.setStats({ ...statsOf(10, 0), tooComplex: { nFiles: 7, paths } })
    expect(states.current.tooComplex).toEqual({ nFiles: 7, paths })
    expect(states.current.notes).toEqual([
      '7 files are cut by lines, since their grammar would take too long: f0.ps1, f1.ps1, f2.ps1, f3.ps1, f4.ps1 and 2 more.',
    ])
    states.setStats(statsOf(10, 0))
    expect(states.current).not.toHaveProperty('notes')
    expect(states.current).not.toHaveProperty('tooComplex')
  })
})

describe('the phase of a folder', () => {
  it('goes through a full build', () => {
    const { states, seen } = watched(0, 0)
    states.begin('indexing')
    states.progress('indexing', progressOf('scanning'))
    states.progress('indexing', progressOf('chunking', { nFiles: 100 }))
    states.progress('indexing', encoding(0))
    states.progress('indexing', encoding(200))
    states.end('indexing')
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(['scanning', 'indexing', 'ready'])
    expect(states.current).toMatchObject({ tokensPerSecond: 0, etaSeconds: null })
  })

  it('is upgrading while nothing else goes on and other models take over', () => {
    const { states } = watched(10, 0)
    states.setStats({ ...statsOf(10, 0), nUnitsUpgraded: 0 })
    expect(states.current).toMatchObject({ phase: 'ready', upgrade: { nUnits: 20, nUnitsDone: 0, etaSeconds: null } })
    states.setUpgrading(progressOf('upgrading', { nUnits: 20, nUnitsDone: 5, etaSeconds: 60 }))
    expect(states.current).toMatchObject({
      phase: 'upgrading',
      fraction: 1,
      upgrade: { nUnitsDone: 5, etaSeconds: 60 },
    })
    // What can be searched is behind what is encoded.
    states.setStats({ ...statsOf(10, 0), nUnitsUpgraded: 2 })
    expect(states.current.upgrade?.nUnitsDone).toBe(5)
    states.begin('updating')
    expect(states.current.phase).toBe('updating')
    states.end('updating')
    expect(states.current.phase).toBe('upgrading')
    states.setPaused(true)
    expect(states.current.phase).toBe('paused')
    states.setPaused(false)
    states.setUpgrading(undefined)
    expect(states.current).toMatchObject({ phase: 'ready', upgrade: { nUnitsDone: 5, etaSeconds: null } })
    states.setStats(statsOf(10, 0))
    expect(states.current.upgrade).toBeUndefined()
  })

  it('is that of the full build while there is one, whatever updates do', () => {
    const { states } = watched(10, 0)
    states.begin('indexing')
    states.begin('updating')
    states.progress('updating', encoding(5))
    states.end('updating')
    states.begin('updating')
    states.fail('updating', ERROR)
    expect(states.current.phase).toBe('scanning')
    states.fail('indexing', ERROR)
    expect(states.current).toMatchObject({ phase: 'error', error: ERROR })
    states.begin('updating')
    expect(states.current.phase).toBe('updating')
    expect(states.current.error).toBeUndefined()
  })

  it('stays paused, whatever goes on, until it is resumed', () => {
    const { states } = watched(10, 0)
    states.begin('indexing')
    states.setPaused(true)
    states.progress('indexing', encoding(20))
    expect(states.current).toMatchObject({ phase: 'paused', tokensPerSecond: 0, etaSeconds: null })
    states.begin('updating')
    states.end('updating')
    expect(states.current.phase).toBe('paused')
    states.setPaused(false)
    expect(states.current.phase).toBe('indexing')
    states.setPaused(true)
    states.end('indexing')
    expect(states.current.phase).toBe('paused')
    states.setPaused(false)
    expect(states.current.phase).toBe('ready')
  })
})

describe('the fraction', () => {
  const fractions = (seen: FolderState[]) => seen.map(({ fraction }) => fraction)

  it('grows from nothing while a new folder is built', () => {
    const { states, seen } = watched(0, 0)
    states.begin('indexing')
    states.progress('indexing', progressOf('chunking', { nFiles: 100 }))
    for (const nDone of [0, 50, 100]) states.progress('indexing', encoding(nDone))
    states.setStats(statsOf(100, 100))
    states.progress('indexing', encoding(200))
    states.setStats(statsOf(100, 0))
    states.end('indexing')
    const all = fractions(seen)
    expect(all).toEqual([...all].sort((a, b) => a - b))
    expect([all[0], all.at(-1)]).toEqual([0, 1])
  })

  it('counts what was searchable before', () => {
    const { states, seen } = watched(100, 0)
    states.begin('indexing')
    expect(states.current.fraction).toBe(1)
    for (const nDone of [0, 100, 200]) states.progress('indexing', encoding(nDone, 4))
    expect(fractions(seen)).toEqual([1, 0.96, 0.98, 1])
  })

  it('says after a stop what is searchable, and 1 of an empty folder', () => {
    const { states } = watched(0, 0)
    expect(states.current.fraction).toBe(1)
    states.begin('indexing')
    states.progress('indexing', encoding(150))
    states.end('indexing')
    states.setStats(statsOf(100, 60))
    expect(states.current.fraction).toBeCloseTo(0.4)
  })

  it('is told to nobody who has stopped listening', () => {
    const states = new FolderStates('/folder', [], statsOf(0, 0))
    let nTold = 0
    const listening = states.onDidChange(() => nTold++)
    states.begin('updating')
    listening.dispose()
    states.end('updating')
    expect(nTold).toBe(1)
  })
})
