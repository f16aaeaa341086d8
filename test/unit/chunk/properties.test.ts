import fc from 'fast-check'
import { describe, it } from 'vitest'
import { chunk, expectSound, useChunker } from './check.ts'

useChunker()

const EXTENSIONS =
  'ts tsx js py java cs go rs c cpp rb php sh ps1 css scala kt swift ex hs lua zig dart ml clj md rst adoc org tex json yaml toml ini sql scss vue mk txt'

const extension = fc.constantFrom(...EXTENSIONS.split(' '))

/** Lines put together from pieces that mean something in one language or another. */
const line = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          'class A',
          'def f',
          'function g()',
          'fn h()',
          '{',
          '}',
          '(',
          ')',
          ':',
          ';',
          ' do',
          'end',
          '"""',
          '/*',
          '*/',
          '//',
        ],
        ...[
          '# x',
          '## y',
          '---',
          '===',
          '```',
          '  ',
          '\t',
          '@a',
          '#[b]',
          'const x = 1',
          'x: 1',
          '[s]',
          '"k": 1,',
          '<p>',
        ],
        ...[
          'namespace n {',
          'impl T for U {',
          'export default',
          '=>',
          '= function',
          'module M',
          '#if 1',
          '#endif',
          '\\',
        ],
      ),
      fc.string({ maxLength: 12 }),
    ),
    { maxLength: 5 },
  )
  .map((pieces) => pieces.join(' '))

describe('any text', () => {
  it('is covered by units that keep to the budget', async () => {
    await fc.assert(
      fc.asyncProperty(extension, fc.array(line, { maxLength: 60 }), async (ext, lines) => {
        const text = lines.join('\n').replaceAll('\0', '')
        expectSound(await chunk(`a.${ext}`, text), text)
      }),
      { numRuns: 400 },
    )
  })

  it('never makes the chunker throw, whatever its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(extension, fc.uint8Array({ maxLength: 300 }), async (ext, bytes) => {
        await chunk(`a.${ext}`, bytes)
      }),
      { numRuns: 300 },
    )
  })
})
