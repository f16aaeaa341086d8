import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'

export interface GitRun {
  folder: string
  /** The program. */
  git: string
  args: readonly string[]
  /** Aborted when time is up. */
  signal: AbortSignal
}

/** Why git gave no answer. */
export class GitFailure extends Error {
  constructor(
    readonly reason: 'missing' | 'late' | 'failed',
    message: string,
  ) {
    super(message)
  }
}

/**
 * What git prints about a folder; fails with a `GitFailure`, at once when the signal says so. The settings of a strange
 * repository make git wait (a FIFO in place of a file) or grow (a file without end): it and what it starts are killed
 * without asking, nobody waits until they are gone, and its memory has a limit where the system knows one. It ends with
 * this process.
 */
export function runGit({ folder, git, args, signal }: GitRun, goodCodes: readonly number[] = [0]): Promise<string> {
  return new Promise((resolve, reject) => {
    const own = [git, '-C', folder, '--no-optional-locks', '-c', 'core.fsmonitor=false', ...args]
    const [program, ...argv] = isWindows ? own : ['/bin/sh', '-c', WITH_LIMIT, 'sh', ...own]
    const child = spawn(program!, argv, {
      // Windows looks for programs in the working folder first; the searched one must not provide `git.exe`.
      cwd: path.dirname(process.execPath),
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, which is killed as a whole.
      detached: !isWindows,
      windowsHide: true,
    })
    const kill = () => killGroup(child)
    const fail = (reason: GitFailure['reason'], message: string) => {
      kill()
      child.stdout.destroy()
      child.stderr.destroy()
      child.unref()
      end()
      reject(new GitFailure(reason, message))
    }
    const late = () => fail('late', 'it did not answer in time')
    const end = () => {
      process.off('exit', kill)
      signal.removeEventListener('abort', late)
    }
    const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
      const chunks: Buffer[] = []
      let nBytes = 0
      stream.on('data', (chunk: Buffer) => {
        nBytes += chunk.length
        chunks.push(chunk)
        if (nBytes > MAX_OUTPUT_BYTES) fail('failed', 'it says too much')
      })
      return chunks
    })
    process.once('exit', kill)
    child.once('error', (error) => {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      fail(isMissing ? 'missing' : 'failed', error.message)
    })
    child.once('close', (code) => {
      end()
      if (code !== null && goodCodes.includes(code)) resolve(Buffer.concat(stdout!).toString('utf8'))
      else {
        const message = Buffer.concat(stderr!).toString('utf8')
        reject(new GitFailure(code === NOT_FOUND && !isWindows ? 'missing' : 'failed', message || `exit code ${code}`))
      }
    })
    if (signal.aborted) late()
    else signal.addEventListener('abort', late, { once: true })
  })
}

function killGroup(child: ChildProcess): void {
  // Once it was waited for, its number may be another's.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    if (isWindows) child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

/** In a hook, git names its own repository to every program that it starts. Missing objects are not fetched. */
function environment(): NodeJS.ProcessEnv {
  const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_INDEX_FILE: ___, GIT_PREFIX: ____, ...env } = process.env
  return { ...env, LC_ALL: 'C', GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0' }
}

const isWindows = process.platform === 'win32'
/** KiB of memory that is written to: half a gigabyte, enough for a million files. Mapped packs do not count. */
const WITH_LIMIT = 'ulimit -d 524288 2>/dev/null; exec "$@"'
/** Of a shell. */
const NOT_FOUND = 127
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
