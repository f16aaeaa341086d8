import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Encoder } from '../../../server/src/encode/encoder.ts'
import { createFakeEncoder } from '../../../server/src/encode/fakeEncoder.ts'
import { encodeQuestion } from '../../../server/src/engine/queryRows.ts'
import { createHarness } from '../../support/sessionHarness.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'

const CODE = createFakeEncoder({ dim: 32 })
const DOCS = createFakeEncoder({ dim: 48 })

const FILES = {
  'src/orders.ts': 'export function shipOrder(parcel: Parcel) {\n  return courier.dispatch(parcel)\n}\n',
  'src/prices.ts': 'export function roundPrice(cents: number) {\n  return Math.ceil(cents / 5) * 5\n}\n',
  'docs/returns.md': '# Returns\n\nA parcel that came back is refunded within ten days.\n',
  'docs/colours.md': '# Colours\n\nThe palette is chosen by hand.\n',
}

async function twoModels() {
  const harness = await createHarness({ encoders: { code: CODE, docs: DOCS } })
  writeFiles(harness.folder, FILES)
  await harness.update()
  return harness
}

const paths = (hits: { path: string }[]) => hits.map((hit) => hit.path)

describe('a folder with a model for code and another for documentation', () => {
  it('keeps the vectors of each model apart, with its own dimension', async () => {
    const harness = await twoModels()
    const stores = readdirSync(harness.directory).filter((name) => name.startsWith('vectors-'))
    expect(stores).toHaveLength(2)
    expect(harness.session.stats()).toMatchObject({ nFiles: 4, nPendingFiles: 0 })
    const encoded = harness.encoded.length
    await harness.update()
    expect(harness.encoded).toHaveLength(encoded)
  })

  it('answers a question from both, the better hit first whichever model found it', async () => {
    const { session } = await twoModels()
    const semantic = async (query: string) => {
      const rows = await encodeQuestion({ code: CODE, docs: DOCS }, query)
      return session.search({ query, limit: 20, mode: 'semantic', nIvfProbe: 8, nFullScores: 4096, rows })
    }
    expect(paths(await semantic('courier dispatch'))[0]).toBe('src/orders.ts')
    expect(paths(await semantic('refunded within ten days'))[0]).toBe('docs/returns.md')
    const both = paths(await semantic('parcel'))
    expect(both.slice(0, 2).sort()).toEqual(['docs/returns.md', 'src/orders.ts'])
    expect(new Set(both).size).toBe(4)
  })

  it('answers a question about one space from its model alone', async () => {
    const { session } = await twoModels()
    const rows = await encodeQuestion({ code: CODE, docs: DOCS }, 'parcel', { space: 'docs' })
    expect(Object.keys(rows)).toEqual(['docs'])
    const params = { query: 'parcel', limit: 20, mode: 'semantic', nIvfProbe: 8, nFullScores: 4096 } as const
    expect(paths(session.search({ ...params, space: 'docs', rows }))).toEqual(['docs/returns.md', 'docs/colours.md'])
  })

  it('finds related units through the model of the space that a unit is in', async () => {
    const { session } = await twoModels()
    const related = (file: string) => session.related({ path: file, line: 1, limit: 5, nIvfProbe: 8, nFullScores: 64 })
    expect(paths(related('src/orders.ts'))).toEqual(['src/prices.ts'])
    expect(paths(related('docs/returns.md'))).toEqual(['docs/colours.md'])
  })

  it('encodes only the documentation anew when only that model changes', async () => {
    const first = await twoModels()
    first.session.close()
    const other = createFakeEncoder({ dim: 24 })
    const { folder, directory } = first
    const second = await createHarness({ folder, directory, encoders: { code: CODE, docs: other } })
    await second.update()
    expect(second.encoded.some((text) => text.includes('refunded'))).toBe(true)
    expect(second.encoded.some((text) => text.includes('courier'))).toBe(false)
  })
})

describe('a question', () => {
  it('is encoded for both spaces at the same time', async () => {
    const order: string[] = []
    const slow = (name: string, encoder: Encoder): Encoder => ({
      ...encoder,
      async encodeQuery(text) {
        order.push(`${name} starts`)
        await new Promise((resolve) => setImmediate(resolve))
        order.push(`${name} ends`)
        return encoder.encodeQuery(text)
      },
    })
    const rows = await encodeQuestion({ code: slow('code', CODE), docs: slow('docs', DOCS) }, 'where is it')
    expect(order).toEqual(['code starts', 'docs starts', 'code ends', 'docs ends'])
    expect([rows.code?.dim, rows.docs?.dim]).toEqual([32, 48])
  })

  it('is encoded once where one model serves both spaces', async () => {
    let nCalls = 0
    const counting: Encoder = {
      ...CODE,
      encodeQuery(text) {
        nCalls++
        return CODE.encodeQuery(text)
      },
    }
    const rows = await encodeQuestion({ code: counting, docs: counting }, 'where is it')
    expect(nCalls).toBe(1)
    expect(rows.docs).toEqual(rows.code)
  })
})
