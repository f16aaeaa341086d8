import { type SpawnOptions, spawn } from 'node:child_process'
import path from 'node:path'
import { root } from '../corpus.ts'
import { checkOutput, checkTerminal } from './oracles.ts'
import type { Report } from './types.ts'

export interface CliOptions {
  report: Report
  cwd?: string
  env: NodeJS.ProcessEnv
  /** Standard input; closed at once where absent. */
  input?: string | Buffer
  /** A command line that does not end by then hangs. */
  limitMs: number
  /** Sent after so long. It must end in 5 s then. */
  signal?: { name: NodeJS.Signals; afterMs: number }
  stdio?: SpawnOptions['stdio']
  /** Runs this program, which gets Node and its arguments behind its own. */
  through?: string[]
  /** Exit codes that mean what they should here; any of the documented ones where absent. */
  codes?: readonly number[]
}

export interface CliResult {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

/** Runs the built command line once and looks at all that comes of it. */
export async function runCli(args: string[], options: CliOptions): Promise<CliResult> {
  const { report, cwd = root, env, input, limitMs, stdio = 'pipe', through = [], codes } = options
  const [program, ...rest] = [...through, process.execPath, CLI, ...args]
  const child = spawn(program!, rest, { cwd, env, stdio })
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  const shown = `lateral ${args.map(shorten).join(' ')}`
  const timers = limits(child, shown, options)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('error', (error) => {
      stderr.push(Buffer.from(String(error)))
      resolve([null, null])
    })
    child.once('close', (...ended) => resolve(ended))
  })
  timers.clear()
  const result = { code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
  const wasStopped = timers.wasLate() || options.signal !== undefined
  if (signal !== null && !wasStopped) report('crashes', `${shown} ended by ${signal}`)
  if (code !== null && !GOOD_CODES.has(code) && !(wasStopped && code > 128))
    report('crashes', `${shown} ended with ${code}: ${result.stderr.slice(-300)}`)
  else if (codes && code !== null && !wasStopped && !codes.includes(code))
    report('lost_answers', `${shown} ended with ${code}, not ${codes.join(' or ')}: ${result.stderr.slice(-300)}`)
  checkOutput(result.stdout, `output of ${shown}`, report)
  checkOutput(result.stderr, `messages of ${shown}`, report)
  if (!args.includes('--json')) checkTerminal(Buffer.concat(stdout), `output of ${shown}`, report)
  checkTerminal(Buffer.concat(stderr), `messages of ${shown}`, report)
  // The child of the program that it ran through may have been left.
  if (limitMs && child.pid && through.length > 0) child.kill('SIGKILL')
  return result
}

function limits(child: ReturnType<typeof spawn>, shown: string, { report, limitMs, signal }: CliOptions) {
  let isLate = false
  const pending: NodeJS.Timeout[] = []
  const obey = (name: NodeJS.Signals) => {
    child.kill(name)
    pending.push(
      setTimeout(() => {
        report('hangs', `${shown} does not obey ${name} in 5 s`)
        child.kill('SIGKILL')
      }, 5000),
    )
  }
  if (signal) pending.push(setTimeout(() => obey(signal.name), signal.afterMs))
  pending.push(
    setTimeout(() => {
      isLate = true
      report('hangs', `${shown} does not end in ${limitMs / 1000} s`)
      obey('SIGTERM')
    }, limitMs),
  )
  return { wasLate: () => isLate, clear: () => pending.forEach(clearTimeout) }
}

function collect(stream: NodeJS.ReadableStream | null): Buffer[] {
  const chunks: Buffer[] = []
  let nBytes = 0
  stream?.on('data', (chunk: Buffer) => {
    nBytes += chunk.byteLength
    if (nBytes < MAX_OUTPUT_BYTES) chunks.push(chunk)
  })
  return chunks
}

const shorten = (text: string) => (text.length > 60 ? `${JSON.stringify(text.slice(0, 60))}…` : JSON.stringify(text))

const CLI = path.join(root, 'server/dist/cli.js')
/** As documented; 130 after Ctrl+C. */
const GOOD_CODES: ReadonlySet<number> = new Set([0, 1, 2, 3, 4])
const MAX_OUTPUT_BYTES = 64 * 2 ** 20
