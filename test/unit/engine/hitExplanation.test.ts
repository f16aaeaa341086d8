import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createChunker } from '../../../server/src/chunk/chunker.ts'
import { createFakeEncoder } from '../../../server/src/encode/fakeEncoder.ts'
import { explainHits } from '../../../server/src/engine/hitExplanation.ts'
import { LiveText } from '../../../server/src/engine/liveText.ts'
import type { SessionHit } from '../../../server/src/engine/sessionProtocol.ts'
import type { ExplainedPlace } from '../../../server/src/engine/types.ts'
import { hitIn } from '../../support/liveHits.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const GRAMMARS = path.resolve(import.meta.dirname, '../../../server/dist/grammars')
const TEXT = 'package a\n\nfunc Retry() {\n\tconnect()\n}\n\nfunc Other() {\n\tlisten()\n}\n'

const hit = (name: string, startLine: number, endLine: number, signals: Record<string, number>): SessionHit => ({
  ...hitIn(TEXT, 'net/a.go', startLine, endLine, name),
  signals,
})
const FOUND = [hit('Other', 7, 9, { lexical: 0.3 }), hit('Retry', 3, 5, { semantic: 0.5, demotion: 0.5 })]

async function explain(query: string, places: ExplainedPlace[], found = FOUND, openText?: string) {
  const folder = temporaryFolder()
  writeFiles(folder, { 'net/a.go': TEXT })
  const live = new LiveText(folder)
  live.setOpenText('net/a.go', openText)
  const encoder = createFakeEncoder()
  let nQueries = 0
  const encodeQuery = (text: string) => {
    nQueries++
    return encoder.encodeQuery(text)
  }
  const counting = { ...encoder, encodeQuery }
  const chunker = await createChunker({ grammarsDirectory: GRAMMARS })
  const explained = await explainHits(
    { encoders: { code: counting, docs: counting }, chunker, live },
    query,
    found,
    places,
  )
  return { ...explained, nQueries }
}
const places = (...names: string[]) => FOUND.filter(({ name }) => names.includes(name))

describe('an explanation', () => {
  it('has rank, signals and words of each hit, and encodes the query once', async () => {
    const { route, hits, nQueries } = await explain('retry connect net', places('Retry', 'Other'))
    expect(route).toMatchObject({ name: 'mixed', reason: 'it has only 3 words' })
    expect(hits.map(({ name, rank }) => `${name} ${rank}`)).toEqual(['Other 1', 'Retry 2'])
    expect(hits[1]!.signals.map(({ name, effect }) => `${name} ${effect}`)).toEqual([
      'semantic adds',
      'demotion multiplies',
    ])
    const met = hits[1]!.words.map(({ word, tokens }) => `${word} ${tokens[0]!.text} ${tokens[0]!.line ?? 'path'}`)
    expect(met).toEqual(['retry Retry 3', 'connect connect 4', 'net net path'])
    expect(nQueries).toBe(1)
  })

  it('is about the file as it is now', async () => {
    const { hits } = await explain('connect', places('Retry'), FOUND, `\n\n\n${TEXT}`)
    expect(hits[0]!.words[0]!.tokens[0]).toMatchObject({ text: 'connect', line: 7 })
    const gone = await explain('connect', [{ path: 'net/gone.go', startLine: 1, endLine: 2 }])
    expect(gone.hits[0]).toMatchObject({ path: 'net/gone.go', signals: [], words: [] })
    expect(gone.hits[0]).not.toHaveProperty('rank')
  })

  it.each([
    ['like:net/a.go:4 -is:test', 'like'],
    ['kind:function', 'list'],
  ])('of a query without words has no words: %s', async (query, name) => {
    const { route, hits } = await explain(query, places('Retry'))
    expect(route.name).toBe(name)
    expect(hits[0]).toMatchObject({ rank: 2, words: [] })
  })
})
