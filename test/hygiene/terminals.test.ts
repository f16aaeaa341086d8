import { expect, it } from 'vitest'
import { codeFiles, read } from './repository.ts'

it('text leaves the command line through its door, and the server through its log', () => {
  const writers = codeFiles().filter(
    (file) =>
      /^(server|client)\/src\//.test(file) &&
      /\bprocess\.std(out|err)\b|\bhost\.std(out|err)\b|(?<![\w.#])console\./.test(
        read(file).replaceAll(/\/\*[\s\S]*?\*\//g, ''),
      ),
  )
  expect(writers.filter((file) => !ALLOWED.has(file))).toEqual([])
})

const ALLOWED = new Set([
  // Opens the door on the process's streams.
  'server/src/cli/io.ts',
  // Listens to standard output, and writes nothing.
  'server/src/cli/lifetime.ts',
  // Messages of the protocol; a library's lines go to standard error.
  'server/src/lsp/transport.ts',
  // The connection's own log, behind the server's.
  'server/src/lsp/connection.ts',
])
