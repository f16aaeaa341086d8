import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LiveText } from '../../../server/src/engine/liveText.ts'
import type { SessionSearchParams } from '../../../server/src/engine/sessionProtocol.ts'
import { TextSearch } from '../../../server/src/engine/textSearch.ts'
import { TextThread } from '../../../server/src/engine/textThread.ts'
import { parseQuery } from '../../../server/src/search/query.ts'
import { createHarness } from '../../support/sessionHarness.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'

const WORKER = path.resolve(import.meta.dirname, '../../../server/dist/textWorker.js')

/** An index of files of one function each, searched by words only. */
async function searchOn(files: Record<string, string>, budgetMs?: number) {
  const harness = await createHarness()
  writeFiles(harness.folder, files)
  await harness.update()
  const thread = new TextThread(WORKER)
  onTestFinished(() => thread.end())
  const live = new LiveText(harness.folder, { outlines: (paths) => harness.index.outlines({ paths }) })
  const search = new TextSearch(harness.folder, harness.index, thread, live, budgetMs)
  const find = async (query: string, limit = 20) => {
    const params: SessionSearchParams = { query, limit, mode: 'lexical', nIvfProbe: 8, nFullScores: 4096, rows: {} }
    const { hits, isComplete } = await search.search(parseQuery(query), params)
    return { lines: hits.map(({ name, matchLine }) => `${name}@${matchLine ?? ''}`).sort(), isComplete }
  }
  return { ...harness, live, find }
}

const goFile = (name: string, line: string) => `package x\n\nfunc ${name}() {\n\tretry()\n\t${line}\n\tdone()\n}\n`
const FILES = { 'a.go': goFile('First', 'connect(1)'), 'b.go': goFile('Second', 'listen(2)') }

describe('a search with conditions on the text', () => {
  it('tells the line that meets them, and none where they only forbid', async () => {
    const { find } = await searchOn(FILES)
    expect(await find('retry /connect/')).toEqual({ lines: ['First@5'], isComplete: true })
    expect(await find('retry "done()" -/listen/')).toEqual({ lines: ['First@6'], isComplete: true })
    expect(await find('retry -/listen/ kind:function')).toEqual({ lines: ['First@'], isComplete: true })
  })

  it('gives units that have no word of the query, after those that have', async () => {
    const { find } = await searchOn(FILES)
    expect((await find('nowhere /\\([12]\\)/')).lines).toEqual(['First@5', 'Second@5'])
    expect((await find('nowhere -/connect/')).lines).toEqual([])
  })

  it('says when its time for reading was too short', async () => {
    const { find } = await searchOn(FILES, -1)
    expect(await find('/connect/')).toEqual({ lines: [], isComplete: false })
    expect(await find('retry "connect"')).toMatchObject({ isComplete: false })
  })
})
