import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { ENVIRONMENT, SCENE } from './scene.ts'

/**
 * A process that does everything that Lateral must not do, for somewhat more than a second: looks a name up, connects to
 * where somebody answers and where nobody does, sends a datagram, listens, and writes a file that others may read into
 * the home folder and, for a moment, into `/tmp`. `watchedBy` is a command that runs it.
 */
export async function releaseCanary(watchedBy: readonly string[]): Promise<void> {
  const [program, ...args] = [...watchedBy, SCENE.node, '-e', CANARY]
  const child = spawn(program!, args, { env: ENVIRONMENT, cwd: '/', stdio: 'inherit', timeout: 20_000 })
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve))
  if (code !== 0) throw new Error(`The canary ended with ${code}.`)
  rmSync(CANARY_FILE, { force: true })
}

export const CANARY_NAME = 'canary.lateral.example'
/** Besides the look-up: a connection to the name's address, one to where nobody listens, and a datagram. */
export const CANARY_ATTEMPTS = 3
export const CANARY_FILE = `${SCENE.home}/canary`
export const CANARY_TEMPORARY = path.join('/tmp', 'canary-debug.log')

const CANARY = `
const [dns, net, dgram, fs] = ['dns', 'net', 'dgram', 'fs'].map((name) => require(name))
process.umask(0)
fs.writeFileSync(${JSON.stringify(CANARY_FILE)}, '')
fs.writeFileSync(${JSON.stringify(CANARY_TEMPORARY)}, '', { mode: 0o666 })
const server = net.createServer().listen(4321, '127.0.0.1')
const datagrams = dgram.createSocket('udp4')
datagrams.send('canary', 9999, '203.0.113.9', () => datagrams.close())
net.connect(4567, '203.0.113.9').on('error', () => {})
dns.lookup(${JSON.stringify(CANARY_NAME)}, { family: 4 }, (error, address) => {
  if (error) throw error
  net.connect(443, address).on('error', () => {}).resume()
})
setTimeout(() => {
  fs.unlinkSync(${JSON.stringify(CANARY_TEMPORARY)})
  server.close()
}, 1200)
`
