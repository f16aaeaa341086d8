import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { IndexSession } from '../../../server/src/engine/indexSession.ts'
import {
  bestHit,
  byPath,
  firstDocOf,
  type Golden,
  KERNEL_DIRECTORY,
  makeGolden,
  openGoldenStore,
} from '../../golden/make.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'
import { recordingLog } from './support.ts'

const GOLDEN = path.resolve(import.meta.dirname, '../../golden')
/** One for each version of the format that was ever released. */
const VERSIONS = ['index-v1', 'index-v2']

// `UPDATE=1` makes the newest one again: only for a change of the format before it is released.
const newest = path.join(GOLDEN, VERSIONS.at(-1)!)
if (process.env.UPDATE === '1') await makeGolden(newest)

/** A copy of a golden index, open; and what it must answer. */
function opened(version: string) {
  const golden: Golden = JSON.parse(readFileSync(path.join(GOLDEN, version, 'expected.json'), 'utf8'))
  const directory = path.join(temporaryFolder(), 'index')
  cpSync(path.join(GOLDEN, version, 'index'), directory, { recursive: true })
  const { log, lines } = recordingLog()
  const session = new IndexSession(log)
  session.open({ directory, kernelDirectory: KERNEL_DIRECTORY, models: golden.models })
  onTestFinished(() => session.close())
  return { golden, directory, session, log, lines }
}

describe.each(VERSIONS)('the golden index %s', (version) => {
  it('is read whole', () => {
    const { golden, directory, session, log, lines } = opened(version)
    expect(byPath(session.files({}))).toEqual(golden.files)
    for (const space of ['code', 'docs'] as const) {
      const store = openGoldenStore(directory, golden.models[space], log)
      const isTrained = space === 'code'
      const keys = golden.keys[space]
      expect(keys.filter((key) => !store.has(key) || store.docId(key) >= 0 !== isTrained)).toEqual([])
      expect(store.nDocs).toBe(isTrained ? keys.length : 0)
      if (isTrained) expect(firstDocOf(store)).toEqual(golden.firstDoc)
    }
    expect(lines).toEqual([])
  })

  it('answers as it did', () => {
    const { golden, session } = opened(version)
    for (const { hit, ...query } of golden.queries) expect(bestHit(session, query)).toBe(hit)
  })

  it('holds every kind of file, and is small', () => {
    const files = readdirSync(path.join(GOLDEN, version, 'index'), { recursive: true, encoding: 'utf8' })
    const kinds = new Set(files.map((file) => path.extname(file)))
    for (const kind of ['.sqlite', '.json', '.codec', '.vec', '.spool', '.lex']) expect(kinds).toContain(kind)
    const sizes = files.map((file) => statSync(path.join(GOLDEN, version, 'index', file)).size)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000)
  })
})
