import { spawn } from 'node:child_process'
import path from 'node:path'
import { expect, it } from 'vitest'
import { engineOn, found, PROJECT } from '../../support/engineHarness.ts'

const CLI = path.resolve(import.meta.dirname, '../../../server/dist/cli.js')

/** Runs `lateral` in a process of its own; what it printed, and how it ended. */
function lateral(args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

it('two windows and the command line have one index: one writes, all find what it has committed', async () => {
  const first = await engineOn(PROJECT)
  const { folder, storage } = first
  const second = await engineOn({}, { folder, storage })
  const writer = await first.open()
  const reader = await second.open()
  await writer.build()
  await expect(reader.build()).rejects.toMatchObject({ code: 'E_LOCKED' })
  expect((await found(reader, 'turn a password into what is stored'))[0]).toContain('HashPassword')

  // Each commit is seen by the next question, with nothing opened again.
  first.write({
    'src/paint.go': 'package src\n\n// PaintFence gives the fence a coat of colour.\nfunc PaintFence() {}\n',
  })
  await writer.build({ paths: ['src/paint.go'] })
  expect((await found(reader, 'a coat of colour for the fence'))[0]).toContain('PaintFence')
  const cli = await lateral(['search', 'a coat of colour for the fence', folder, '--storage', storage, '--json'])
  expect(cli).toMatchObject({ code: 0, err: expect.stringContaining('Another process is updating this index') })
  expect(JSON.parse(cli.out).hits[0]).toMatchObject({ path: 'src/paint.go', name: 'PaintFence' })
  expect(await lateral(['index', folder, '--storage', storage])).toMatchObject({
    code: 3,
    err: expect.stringContaining(`process ${process.pid}`),
  })

  // The right to write goes on to whoever asks for it next.
  await writer.close()
  first.write({ 'src/paint.go': 'package src\n\n// MowLawn cuts the grass.\nfunc MowLawn() {}\n' })
  await reader.build()
  expect((await found(reader, 'cut the grass'))[0]).toContain('MowLawn')
}, 60_000)
