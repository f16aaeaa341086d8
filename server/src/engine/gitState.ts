import { raceAbort } from '../base/cancel.ts'
import { gitUnavailable } from '../contract/errorCodes.ts'
import type { GitFiles } from '../search/filters.ts'
import { type GitFailure, runGit } from './gitProcess.ts'

export interface GitStateOptions {
  folder: string
  /** Milliseconds. */
  now: () => number
  /** The program; for tests. */
  git?: string
  /** For all that is asked at a time. */
  timeoutMs?: number
}

/** Which files of a folder differ from the last commit, as git says. Its answer is believed for two seconds. */
export class GitState {
  #last: { askedMs: number; answer: Promise<GitFiles | Problem> } | undefined

  constructor(private readonly options: GitStateOptions) {}

  /** `E_GIT` about the filter at `column` where git cannot tell. */
  async files(column: number, signal?: AbortSignal): Promise<GitFiles> {
    const nowMs = this.options.now()
    if (!this.#last || nowMs - this.#last.askedMs >= BELIEVED_MS) {
      this.#last = { askedMs: nowMs, answer: readState(this.options) }
    }
    const answer = await raceAbort(this.#last.answer, signal)
    if ('problem' in answer) throw gitUnavailable(column, answer.problem)
    return answer
  }
}

/** What `git status --porcelain=v1 -z` prints, seen from the folder at `prefix` in the repository: '' or ending in '/'. */
export function parseStatus(output: string, prefix: string): GitFiles {
  const changed: string[] = []
  const staged: string[] = []
  const records = output.split('\0')
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!
    if (record.length < 4) continue
    const [index, workTree] = [record[0]!, record[1]!]
    // A rename or copy is followed by the path that it came from.
    if (/[RC]/.test(index + workTree)) i++
    if (index === '!') continue
    const own = below(record.slice(3), prefix)
    if (own === undefined) continue
    changed.push(own)
    const isConflict = index === 'U' || workTree === 'U' || (index === workTree && /[AD]/.test(index))
    if (!isConflict && /[MTADRC]/.test(index)) staged.push(own)
  }
  return { changed, staged }
}

/** A new folder is one path with '/' at its end; where that holds the folder itself, everything in it is new. */
function below(file: string, prefix: string): string | undefined {
  if (file.endsWith('/') && prefix.startsWith(file)) return '/'
  return file.startsWith(prefix) ? file.slice(prefix.length) : undefined
}

interface Problem {
  problem: string
}

async function readState({
  folder,
  git = 'git',
  timeoutMs = TIMEOUT_MS,
}: GitStateOptions): Promise<GitFiles | Problem> {
  const time = new AbortController()
  const timer = setTimeout(() => time.abort(), timeoutMs)
  const run = (args: string[], goodCodes?: number[]) => runGit({ folder, git, args, signal: time.signal }, goodCodes)
  try {
    const [prefix, filters] = await Promise.all([
      run(['rev-parse', '--show-prefix']),
      // Ends with 1 where there is none.
      run(['config', '--null', '--name-only', '--get-regexp', FILTER_PROGRAMS], [0, 1]),
    ])
    const status = await run([...switchedOff(filters), ...STATUS])
    return parseStatus(status, prefix.replace(/\r?\n$/, ''))
  } catch (error) {
    // Of two that fail, the other one is not waited for.
    time.abort()
    return { problem: problemOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The settings of a repository can name programs that `git status` starts, such as filters for contents and a monitor of
 * files. A folder that was only opened to be searched must not run any, so they are overridden.
 */
function switchedOff(filters: string): string[] {
  const names = filters.split('\0').filter((name) => name !== '')
  const odd = names.find((name) => !/^[\w.-]+$/.test(name))
  if (odd) throw new Error(`its setting ${odd} cannot be switched off`)
  return names.flatMap((name) => ['-c', `${name}=`])
}

function problemOf(error: unknown): string {
  const { message, reason = 'failed' } = error as Partial<GitFailure> & Error
  if (reason === 'missing') return 'there is no git on this machine'
  if (reason === 'late') return message
  if (/not a git repository/i.test(message)) return 'the folder is in no git repository'
  return `it failed: ${(message.trim().split('\n')[0] || message).replace(/\.$/, '')}`
}

const STATUS = ['status', '--porcelain=v1', '-z', '--untracked-files=normal', '--ignore-submodules=dirty', '--', '.']
const FILTER_PROGRAMS = '^filter\\..*\\.(clean|smudge|process|required)$'
const BELIEVED_MS = 2000
const TIMEOUT_MS = 5000
