import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
// @ts-expect-error: build scripts are plain JavaScript, without declarations
import { rulesVersion } from '../../server/build/rules.mjs'
import { root } from './repository.ts'

it('the version of the rules stands for all that decides what becomes of a file', async () => {
  const { version, inputs } = await rulesVersion()
  expect(version).toMatch(/^[\w-]{11}$/)
  const needed = [
    ...readdirSync(`${root}/server/src/chunk`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !NOT_RULES.has(name))
      .map((name) => `server/src/chunk/${name}`),
    ...readdirSync(`${root}/syntaxes`).map((name) => `syntaxes/${name}`),
    ...['cutFile', 'excludes', 'ignoreRules', 'scanner', 'secretNames', 'skipRules', 'unitText'].map(
      (name) => `server/src/ingest/${name}.ts`,
    ),
    'node_modules/@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm',
  ]
  expect(needed.filter((file) => !inputs.includes(file))).toEqual([])
  expect((await rulesVersion()).version).toBe(version)
})

/** Threads that cut, and types. */
const NOT_RULES = new Set(['chunkWorker.ts', 'workerChunker.ts', 'declaration.ts'])
