// Child processes of the scripts in this folder.
import { spawn } from 'node:child_process'
import { repositoryRoot } from './freshness.mjs'

/**
 * Runs a program in the repository and resolves to `{ code, output }`. What it prints is shown as it comes and, with
 * `capture`, collected too; `capture: 'silently'` collects alone. `stdoutTo: 'stderr'` keeps our own standard output for
 * results.
 */
export function runProgram(
  command,
  args,
  { cwd = repositoryRoot, env, capture = false, stdoutTo = 'stdout', shell } = {},
) {
  const stdout = capture ? 'pipe' : stdoutTo === 'stderr' ? 2 : 'inherit'
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', stdout, capture ? 'pipe' : 'inherit'],
    shell: shell ?? false,
  })
  let output = ''
  const collect = (stream, sink) =>
    stream?.on('data', (chunk) => {
      output += chunk
      if (capture !== 'silently') sink.write(chunk)
    })
  collect(child.stdout, stdoutTo === 'stderr' ? process.stderr : process.stdout)
  collect(child.stderr, process.stderr)
  const release = leaveInterruptsTo(child)
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      release()
      reject(error)
    })
    child.on('close', (code, signal) => {
      release()
      resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 1), output })
    })
  })
}

/** A terminal sends Ctrl+C to the child as well: it ends in its own way, and we after it. */
function leaveInterruptsTo(child) {
  const wait = () => {}
  const forward = () => child.kill('SIGTERM')
  process.on('SIGINT', wait)
  process.on('SIGTERM', forward)
  return () => {
    process.off('SIGINT', wait)
    process.off('SIGTERM', forward)
  }
}

export const runNode = (args, options) => runProgram(process.execPath, args, options)
