import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { hasProgram } from './scene.ts'
import type { LocalityOptions, LocalityReport } from './types.ts'

/** The script that is running starts once more inside: with this argument, and the options as JSON after it. */
const INSIDE = '--inside-the-namespace'
const isRoot = process.getuid?.() === 0
const root = path.resolve(import.meta.dirname, '../..')

/** The options where this process is the one inside. */
export function insideOptions(argv: readonly string[] = process.argv): LocalityOptions | undefined {
  const at = argv.indexOf(INSIDE)
  return at < 0 ? undefined : JSON.parse(argv[at + 1]!)
}

/** Why a namespace of our own cannot be had on this machine; undefined where it can. */
export function whyNoNamespace(): string | undefined {
  if (process.platform !== 'linux') return `network namespaces are Linux's, this is ${process.platform}`
  const lacking = ['unshare', 'mount', ...(isRoot ? [] : ['ip'])].find((program) => !hasProgram(program))
  if (lacking !== undefined) return `there is no program "${lacking}"`
  const { status, stderr } = spawnSync('unshare', [...unshareArguments(), process.execPath, '--version'], {
    encoding: 'utf8',
    timeout: 10_000,
  })
  return status === 0 ? undefined : `the system gives none: ${stderr.trim()}`
}

/**
 * Runs this script again in namespaces of its own for network, mounts and processes, and gives what was seen there.
 * Nothing that is started inside outlives the call.
 */
export async function runInNamespace(options: LocalityOptions): Promise<LocalityReport> {
  const base = mkdtempSync(path.join(os.tmpdir(), 'lateral-locality-'))
  try {
    prepare(base)
    const script = path.relative(root, process.argv[1]!)
    const inside = [path.join(root, script), INSIDE, JSON.stringify({ ...options, ...placesOutside(base) })]
    const child = spawn('unshare', [...unshareArguments(), process.execPath, '--enable-source-maps', ...inside], {
      // Not one variable of ours: among them may be those by which libraries keep quiet (CI and its like).
      env: { PATH: process.env.PATH },
      cwd: '/',
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    })
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve))
    const report = path.join(base, 'report.json')
    if (code !== 0 || !existsSync(report)) throw new Error(`The run inside the namespace ended with ${code}.`)
    return JSON.parse(readFileSync(report, 'utf8'))
  } finally {
    rmSync(base, { recursive: true, force: true, maxRetries: 5 })
  }
}

function unshareArguments(): string[] {
  const asRoot = isRoot ? [] : ['--user', '--map-root-user']
  return [...asRoot, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private']
}

const placesOutside = (base: string) => ({ base, root, passwdHome: os.userInfo().homedir })

/** What stands where the inside finds it once `base` is mounted there: see `inside.ts`. */
function prepare(base: string): void {
  for (const name of ['home', 'temporary', 'places', 'lateral', 'workspace']) mkdirSync(path.join(base, name))
  writeFileSync(path.join(base, 'node'), '')
  cpSync(path.join(root, 'test/fixtures/workspace'), path.join(base, 'workspace'), { recursive: true })
}

const TIMEOUT_MS = 8 * 60_000
