import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { IndexSession } from '../../../server/src/engine/indexSession.ts'
import { bestHit, firstDocOf, type Golden, KERNEL_DIRECTORY, openGoldenStore } from '../../golden/make.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'
import { codeOf, recordingLog } from './support.ts'

const SOURCE = path.resolve(import.meta.dirname, '../../golden/index-v1')
const golden: Golden = JSON.parse(readFileSync(path.join(SOURCE, 'expected.json'), 'utf8'))
// SQLite has no checksums: the catalog's damage is tested where it is one that SQLite can see.
const FILES = readdirSync(path.join(SOURCE, 'index'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.(json|codec|vec|spool|lex)$/.test(file),
)
const PLACES_A_FILE = 7

describe('one flipped bit', () => {
  /** What the index says when it is opened with the damage: error lines, the code it fails with, and what is left. */
  function opened(file: string, at: number, bit: number) {
    const directory = path.join(temporaryFolder(), 'index')
    cpSync(path.join(SOURCE, 'index'), directory, { recursive: true })
    const bytes = readFileSync(path.join(directory, file))
    bytes[at]! ^= 1 << bit
    writeFileSync(path.join(directory, file), bytes)
    const { log, lines } = recordingLog()
    const session = new IndexSession(log)
    const code = codeOf(() => session.open({ directory, kernelDirectory: KERNEL_DIRECTORY, models: golden.models }))
    const errors = lines.filter((line) => line.startsWith('error'))
    return { directory, session, code, errors }
  }

  it.each(FILES)('in %s is named, or changes nothing; other parts stay', (file) => {
    const size = readFileSync(path.join(SOURCE, 'index', file)).length
    let nNamed = 0
    for (let i = 0; i < PLACES_A_FILE; i++) {
      const at = Math.floor(((i + 0.5) * size) / PLACES_A_FILE)
      const { directory, session, code, errors } = opened(file, at, i % 7)
      if (code !== 'nothing') {
        expect([code, at]).toEqual(['E_INDEX_FORMAT', at])
        continue
      }
      if (errors.length > 0) {
        expect(errors[0]).toContain(path.basename(file))
        nNamed++
      } else {
        for (const { hit, ...query } of golden.queries) expect(bestHit(session, query)).toBe(hit)
      }
      const { log } = recordingLog()
      if (!file.includes('goldencode')) {
        expect(firstDocOf(openGoldenStore(directory, golden.models.code, log))).toEqual(golden.firstDoc)
      }
      if (!file.includes('goldendocs')) {
        const store = openGoldenStore(directory, golden.models.docs, log)
        expect(golden.keys.docs.filter((key) => !store.has(key))).toEqual([])
      }
      if (!file.includes('lexical')) expect(session.files({}).length).toBe(golden.files.length)
      session.close()
    }
    // Blanks between sections are no part of the content.
    expect(nNamed).toBeGreaterThan(PLACES_A_FILE / 3)
  })
})
