import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { CancelledError } from '../../../server/src/base/errors.ts'
import type { CliIo } from '../../../server/src/cli/io.ts'
import { runProcess } from '../../../server/src/cli/lifetime.ts'

/** As much of a process as the command line sees of its own. */
class FakeHost extends EventEmitter {
  written = ''
  exitCode: number | undefined
  exits: number[] = []
  versions = { node: '20.1.0' }
  env = {}
  stdin = Readable.from([])
  stdout = this.#stream()
  stderr = this.#stream()

  exit(code: number): void {
    this.exits.push(code)
  }

  cwd(): string {
    return '/'
  }

  #stream() {
    return Object.assign(new EventEmitter(), {
      write: (text: string) => {
        this.written += text
      },
    })
  }
}

const run = (host: FakeHost, work: (io: CliIo, signal: AbortSignal) => Promise<number>) =>
  runProcess(host as unknown as NodeJS.Process, work)

const systemError = (code: string) => Object.assign(new Error(`${code}: something, write`), { code })

/** Work that ends when it is withdrawn. */
const untilWithdrawn = (_io: CliIo, signal: AbortSignal) =>
  new Promise<number>((resolve) => signal.addEventListener('abort', () => resolve(130)))

async function ended(happens: (host: FakeHost) => void): Promise<FakeHost> {
  const host = new FakeHost()
  const running = run(host, async (io, signal) => {
    const code = await untilWithdrawn(io, signal)
    io.err('Stopped.')
    return code
  })
  happens(host)
  await running
  return host
}

describe('the process of the command line', () => {
  it('ends with the code of its work', async () => {
    for (const code of [0, 1, 2, 3]) {
      const host = new FakeHost()
      await run(host, async () => code)
      expect([host.exitCode, host.written, host.exits]).toEqual([code, '', []])
    }
  })

  it('ends with the code of the signal, and at once with a second', async () => {
    expect(await ended((host) => host.emit('SIGINT'))).toMatchObject({ exitCode: 130, written: 'Stopped.\n' })
    expect(await ended((host) => host.emit('SIGTERM'))).toMatchObject({ exitCode: 143, exits: [] })
    const twice = (first: string, second: string) => (host: FakeHost) => {
      host.emit(first)
      host.emit(second)
    }
    expect(await ended(twice('SIGINT', 'SIGINT'))).toMatchObject({ exits: [130] })
    expect(await ended(twice('SIGTERM', 'SIGINT'))).toMatchObject({ exits: [143] })
  })

  it('takes a reader that went away for no failure, and says nothing more', async () => {
    const host = await ended((host) => host.stdout.emit('error', systemError('EPIPE')))
    expect([host.exitCode, host.written]).toEqual([0, ''])
  })

  it('names output that cannot be written, as E_OUTPUT', async () => {
    const host = await ended((host) => host.stdout.emit('error', systemError('ENOSPC')))
    expect(host.exitCode).toBe(3)
    expect(host.written).toMatch(/^Standard output cannot be written: ENOSPC.*\nLook where it goes\.\n$/)
  })

  it('goes on without standard error', async () => {
    const host = new FakeHost()
    await run(host, async () => {
      host.stderr.emit('error', systemError('EPIPE'))
      return 1
    })
    expect([host.exitCode, host.written]).toEqual([1, ''])
  })

  it('tells what nobody caught, once and without a trace, and ends with 3', async () => {
    const host = await ended((host) => {
      host.emit('uncaughtException', new Error('first\u001b[31m'))
      host.emit('uncaughtException', new Error('second'))
    })
    expect(host.exitCode).toBe(3)
    expect(host.written).toMatch(/^Internal error: first\\x1b\[31m\nRun it again.*\n$/)
  })

  it('tells of what cannot be loaded (E_INSTALLATION), and of a Node that is too old', async () => {
    const broken = new FakeHost()
    await run(broken, () => Promise.reject(new Error("The text thread ended: Cannot find module '/x/textWorker.js'")))
    expect(broken.exitCode).toBe(3)
    expect(broken.written).toMatch(
      /^A part of Lateral cannot be loaded: Cannot find module '\/x\/textWorker\.js'\.\nInstall/,
    )
    const old = new FakeHost()
    old.versions.node = '18.19.0'
    await run(old, async () => 0)
    expect(old.exitCode).toBe(3)
    expect(old.written).toContain('Install Node 20 or newer.')
    const stopped = new FakeHost()
    await run(stopped, () => Promise.reject(new CancelledError()))
    expect(stopped.exitCode).toBe(130)
  })
})
