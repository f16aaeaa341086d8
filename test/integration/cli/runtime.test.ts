import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, it } from 'vitest'
import { serverWith } from '../../support/brokenRuntime.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

it('indexes and searches without native ONNX Runtime, and the status says so', { timeout: 120_000 }, () => {
  const cli = path.join(serverWith('not a library'), 'cli.js')
  const [folder, storage] = [temporaryFolder(), temporaryFolder()]
  writeFiles(folder, { 'retry.py': 'def call_with_backoff(action):\n    """Runs it again after a pause."""\n' })
  const lateral = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args, '--storage', storage], {
      encoding: 'utf8',
    })
    expect(stderr).not.toMatch(/^\s+at /m)
    return { code: status, out: stdout }
  }
  const found = lateral('search', 'repeat a failed call', folder, '--semantic', '--threads', '1')
  expect(found).toMatchObject({ code: 0, out: expect.stringContaining('call_with_backoff') })
  const note = /note: Models run on the slower WebAssembly runtime because .+ Install Lateral again\.$/m
  expect(lateral('status', folder).out).toMatch(note)
  expect(JSON.parse(lateral('status', folder, '--json').out).notes).toEqual([expect.stringMatching('WebAssembly')])
})
