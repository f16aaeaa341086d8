import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { chunk, describeUnit, expectSound, useChunker } from './check.ts'

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/chunk')

useChunker()

/** Each `sample.<language>` has its units in `sample.<language>.units`, rewritten by `vitest run -u`. */
describe('units of the fixtures', () => {
  const samples = readdirSync(FIXTURES).filter((name) => !name.endsWith('.units'))
  it.each(samples)('%s', async (name) => {
    const text = readFileSync(path.join(FIXTURES, name), 'utf8')
    const file = await chunk(name, text)
    expectSound(file, text)
    const listing = file.units.map((unit) => `${describeUnit(unit)}\n`).join('')
    await expect(`${file.language} ${file.outcome}\n${listing}`).toMatchFileSnapshot(
      path.join(FIXTURES, `${name}.units`),
    )
  })
})
