import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '../../..')
const temporary = mkdtempSync(path.join(tmpdir(), 'lateral-endings-'))
const folder = path.join(temporary, 'folder')
const storage = path.join(temporary, 'storage')
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

interface Ending {
  code: number | null
  out: string
  err: string
}

function lateral(
  args: string[],
  {
    cli = path.join(root, 'server/dist/cli.js'),
    ...options
  }: SpawnOptions & { cli?: string; on?(child: ChildProcess): void } = {},
): Promise<Ending> {
  const child = spawn(process.execPath, [cli, ...args, '--storage', storage], {
    cwd: folder,
    stdio: 'pipe',
    ...options,
  })
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk) => (out += chunk))
  child.stderr?.on('data', (chunk) => (err += chunk))
  child.stdin?.on('error', () => {})
  if (!options.on) child.stdin?.end()
  options.on?.(child)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

beforeAll(async () => {
  cpSync(path.join(root, 'test/fixtures/workspace'), folder, { recursive: true })
  expect((await lateral(['index'])).code).toBe(0)
})

describe('the command line ends cleanly', () => {
  it('where nobody reads its output', async () => {
    for (const args of [['search', 'price'], ['--help'], ['status', '--json']]) {
      const { code, err } = await lateral(args, { on: (child) => child.stdout!.destroy() })
      expect([code, err], args.join(' ')).toEqual([0, ''])
    }
    const { code } = await lateral(['search', 'no:such dir:none'], { on: (child) => child.stderr!.destroy() })
    expect(code).toBe(1)
  })

  it.runIf(process.platform === 'linux')('where its output cannot be written', async () => {
    const full = openSync('/dev/full', 'w')
    const { code, err } = await lateral(['search', 'price'], { stdio: ['ignore', full, 'pipe'] })
    expect([code, err]).toEqual([3, expect.stringMatching(/^Standard output cannot be written: ENOSPC/)])
    expect(await lateral(['search', 'price'], { stdio: ['ignore', 'pipe', full] })).toMatchObject({ code: 0 })
    closeSync(full)
  })

  it('where its input is closed, empty, or not there', async () => {
    expect(await lateral(['search', '--stdin'], { stdio: ['ignore', 'pipe', 'pipe'] })).toEqual({
      code: 1,
      out: '',
      err: '',
    })
    expect(await lateral(['search', '--stdin'])).toEqual({ code: 1, out: '', err: '' })
  })

  it('by signals, with 130 and 143', async () => {
    const when = (signals: NodeJS.Signals[]) =>
      lateral(['search', '--stdin', '--json'], {
        on(child) {
          child.stdin!.write('price\n')
          child.stdout!.once('data', () => {
            for (const signal of signals) child.kill(signal)
          })
        },
      })
    expect(await when(['SIGINT', 'SIGINT'])).toMatchObject({ code: 130 })
    expect(await when(['SIGTERM', 'SIGTERM'])).toMatchObject({ code: 143 })
    const { code, err } = await lateral(['search', '--stdin', '--json'], {
      on(child) {
        child.stdin!.write('price\n')
        child.stdout!.once('data', () => child.kill('SIGTERM'))
      },
    })
    expect([code, err]).toEqual([143, expect.stringMatching(/^Stopped\./)])
  })

  it('with a named error where a part of the installation is missing', async () => {
    const dist = path.join(temporary, 'broken/server/dist')
    mkdirSync(dist, { recursive: true })
    const own = path.join(root, 'server/dist')
    for (const name of readdirSync(own))
      if (name !== 'textWorker.js' && name !== 'cli.js') symlinkSync(path.join(own, name), path.join(dist, name))
    symlinkSync(path.join(root, 'models'), path.join(temporary, 'broken/models'))
    copyFileSync(path.join(own, 'cli.js'), path.join(dist, 'cli.js'))
    const { code, out, err } = await lateral(['search', '"price"'], { cli: path.join(dist, 'cli.js') })
    expect([code, out]).toEqual([3, ''])
    expect(err).toMatch(
      /^A part of Lateral cannot be loaded: Cannot find module '.*textWorker\.js'\.\nInstall Lateral again/,
    )
  })
})
