import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '../../..')
const folder = mkdtempSync(path.join(tmpdir(), 'lateral-start-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Ends before anything is installed or built: each of these is found out first. */
function start(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [path.join(root, 'server/build/start.mjs'), ...args], {
    cwd: folder,
    env: { ...process.env, INIT_CWD: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

describe('npm start', () => {
  const refuses = async (args: string[], sentence: RegExp) => {
    const { code, out, err } = await start(args)
    expect(err.trimEnd()).toMatch(sentence)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect([code, out]).toEqual([2, ''])
  }

  it('explains itself', async () => {
    const { code, out } = await start(['--help'])
    expect(code).toBe(0)
    expect(out).toMatch(/--once .+\n {2}--port N/)
  })

  it('refuses in one sentence what it cannot do', async () => {
    writeFileSync(path.join(folder, 'a.txt'), '')
    await refuses(['no-such-folder'], /^Cannot read the folder .*no-such-folder/)
    await refuses(['a.txt'], /^Cannot read the folder .*a\.txt/)
    await refuses(['--port', '0'], /^--port takes 1 to 65535/)
    await refuses(['--frob'], /^Unknown option '--frob'/)
    await refuses(['--query', ' '], /^--query needs a question/)
    await refuses(['one', 'two'], /^Only one folder/)
  })

  it('says when a port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await refuses(['--port', String(port)], new RegExp(`^Port ${port} is already in use`))
    server.close()
  })
})
