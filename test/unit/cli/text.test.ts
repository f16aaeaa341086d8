import assert from 'node:assert'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultStorageDirectory } from '../../../server/src/base/paths.ts'
import { pathInside, placeFrom } from '../../../server/src/cli/commands/related.ts'
import { type Door, type DoorOptions, openDoor } from '../../../server/src/cli/door.ts'
import { formatBytes, formatCount, formatHit, formatSeconds, shownPath } from '../../../server/src/cli/format.ts'
import { wantsColour } from '../../../server/src/cli/io.ts'
import { buildProgressText, createProgressLine } from '../../../server/src/cli/progress.ts'
import type { BuildProgress } from '../../../server/src/engine/types.ts'
import { HIT } from './fakeEngine.ts'

/** What comes out of the door, on both sides. */
function printed(print: (door: Door) => void, options: Partial<DoorOptions> = {}): string {
  let text = ''
  const write = (more: string) => {
    text += more
  }
  print(openDoor({ out: write, err: write, colour: false, errColumns: undefined, ...options }))
  return text
}

describe('a hit', () => {
  it('is a place that terminals open, a title and its best line', () => {
    expect(printed((door) => door.out(...formatHit(HIT, '/home/me/project')))).toBe(
      `${path.join('src', 'retry.ts')}:10-24  function retryWithBackoff (Client)\n    18: await sleep(delayMs)\n`,
    )
  })

  it('leaves out what a unit does not have', () => {
    const hit = { ...HIT, name: '', container: '', snippet: '' }
    expect(printed((door) => door.out(...formatHit(hit, '/home/me/project/src')))).toBe('retry.ts:10-24  function\n')
  })

  it('has colours only where they are asked for', () => {
    expect(printed((door) => door.out(...formatHit(HIT, '/')), { colour: true })).toContain(
      '\u001b[1mretryWithBackoff\u001b[0m',
    )
    expect(wantsColour({}, true)).toBe(true)
    expect(wantsColour({}, false)).toBe(false)
    expect(wantsColour({ NO_COLOR: '1' }, true)).toBe(false)
    expect(wantsColour({ NO_COLOR: '' }, true)).toBe(true)
    expect(wantsColour({ TERM: 'dumb' }, true)).toBe(false)
  })

  it('has its whole path where it lies elsewhere', () => {
    expect(shownPath('/home/me/other/a.ts', '/home/me/project')).toBe('/home/me/other/a.ts')
    expect(shownPath('/home/me/project', '/home/me/project')).toBe('/home/me/project')
    expect(shownPath('/home/me/project/..a.ts', '/home/me/project')).toBe('..a.ts')
  })
})

describe('figures', () => {
  it('are written the same on every machine', () => {
    expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567'])
    expect([12, 1500, 48_148_113, 3.2e9].map(formatBytes)).toEqual(['12 B', '1.5 kB', '48.1 MB', '3.20 GB'])
    expect([0.94, 41, 80, 3725].map(formatSeconds)).toEqual(['0.9 s', '41 s', '1 min 20 s', '1 h 2 min'])
  })
})

describe('progress', () => {
  const progress: BuildProgress = {
    phase: 'encoding',
    nFiles: 2034,
    nFilesDone: 120,
    nUnits: 5678,
    nUnitsDone: 1234,
    nTokens: 300_000,
    tokensPerSecond: 30_123.4,
    etaSeconds: 80,
  }

  it('tells files, units, speed and the time left', () => {
    expect(buildProgressText(progress)).toBe(
      'Indexing: 120/2,034 files, 1,234/5,678 units, 30,123 tokens/s, 1 min 20 s left',
    )
    expect(buildProgressText({ ...progress, tokensPerSecond: 0, etaSeconds: 0 })).toBe(
      'Indexing: 120/2,034 files, 1,234/5,678 units',
    )
    expect(buildProgressText({ ...progress, phase: 'scanning' })).toBe('Looking for files: 2,034 found')
    expect(buildProgressText({ ...progress, phase: 'upkeep', upkeepShare: 0.416 })).toBe(
      'Fitting the index to what it has grown to: 42 %',
    )
  })

  /** What is written when the build reports at these times (ms). */
  const written = (timesMs: number[], errColumns: number | undefined): string[] => {
    let now = 0
    const lines: string[] = []
    const door = openDoor({ out: assert.fail, err: (text) => lines.push(text), colour: false, errColumns })
    const canRewrite = errColumns !== undefined
    const line = createProgressLine({ ...door, canRewrite, now: () => now }, buildProgressText)
    for (now of timesMs) line.update(progress)
    line.end()
    return lines
  }

  it('rewrites one line of a terminal, no wider than it, and clears it', () => {
    const line = '\rIndexing: 120/2,034\u001b[K'
    expect(written([100, 500, 550, 700], 20)).toEqual([line, line, '\r\u001b[K'])
  })

  it('adds a line every few seconds elsewhere, and none to a quick update', () => {
    expect(written([100, 1900], undefined)).toEqual([])
    expect(written([100, 2000, 6900, 7000], undefined)).toHaveLength(2)
  })
})

describe('a place', () => {
  it('ends at its last colon', () => {
    expect(placeFrom('src/a.ts:12')).toEqual({ file: 'src/a.ts', line: 12 })
    expect(placeFrom('C:\\src\\a.ts:12')).toEqual({ file: 'C:\\src\\a.ts', line: 12 })
  })

  it('is relative to the folder, wherever the user is', () => {
    expect(pathInside('/p', 'src/a.ts', '/p')).toBe('src/a.ts')
    expect(pathInside('/p', 'a.ts', '/p/src')).toBe('src/a.ts')
    expect(pathInside('/p', 'src/a.ts', '/elsewhere')).toBe('src/a.ts')
    expect(pathInside('/p', '/p/src/a.ts', '/elsewhere')).toBe('src/a.ts')
    expect(pathInside('/p', '..a.ts', '/p')).toBe('..a.ts')
    expect(pathInside('/p', '/p/..b/a.ts', '/elsewhere')).toBe('..b/a.ts')
    expect(() => pathInside('/p', '/q/a.ts', '/elsewhere')).toThrow(/is not in/)
  })
})

describe('the default storage directory', () => {
  const place = (platform: NodeJS.Platform, env: Record<string, string>, homeDirectory = '/home/me') =>
    defaultStorageDirectory({ platform, env, homeDirectory })

  it('follows each platform', () => {
    expect(place('linux', {})).toBe('/home/me/.local/share/lateral')
    expect(place('linux', { XDG_DATA_HOME: '/data' })).toBe('/data/lateral')
    expect(place('linux', { XDG_DATA_HOME: 'relative' })).toBe('/home/me/.local/share/lateral')
    expect(place('darwin', {}, '/Users/me')).toBe('/Users/me/Library/Application Support/lateral')
    expect(place('win32', { LOCALAPPDATA: 'C:\\Local' })).toBe('C:\\Local\\lateral')
    expect(place('win32', {}, 'C:\\Users\\me')).toBe('C:\\Users\\me\\AppData\\Local\\lateral')
  })
})
