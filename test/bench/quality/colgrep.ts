import { execFile, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { root } from '../corpus.ts'
import { startServerOn } from '../server.ts'

/** A tool that is run as its user would: one process a build. */
export interface Tool {
  /** Builds the folder's index, which is not there yet; resolves to the milliseconds it took. */
  build(folder: string): Promise<number>
  /** Answers in the order of the queries. */
  search(folder: string, queries: readonly string[]): Promise<ToolAnswer[]>
}

export interface ToolAnswer {
  /** Files best first, the units of each together; `score` orders units of different files. Paths are absolute. */
  hits: { file: string; startLine: number; endLine: number; score: number }[]
  ms: number
}

/**
 * ColGREP (1.8.5) with a model folder of ours. `program` is its executable, `ortLibrary` the ONNX Runtime it loads;
 * what it writes lands below `storage`. Each search is a process of its own, as it has no other way to answer.
 */
export async function colgrep(options: {
  program: string
  ortLibrary: string | undefined
  model: string
  storage: string
}): Promise<Tool> {
  const { program, ortLibrary, model, storage } = options
  const places = Object.fromEntries(
    ['HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'COLGREP_DATA_DIR'].map(
      (name) => [name, path.join(storage, name.toLowerCase())] as const,
    ),
  )
  for (const folder of Object.values(places)) await mkdir(folder, { recursive: true })
  const env = { ...process.env, ...places, ...(ortLibrary && { ORT_DYLIB_PATH: ortLibrary }) }
  const run = async (args: string[]) => {
    const startedMs = performance.now()
    const { stdout } = await promisify(execFile)(program, args, { env, maxBuffer: 1 << 28, timeout: TIMEOUT_MS })
    return { stdout, ms: performance.now() - startedMs }
  }
  return {
    build: async (folder) => (await run(['init', '-y', '--model', model, folder])).ms,
    async search(folder, queries) {
      const answers: ToolAnswer[] = []
      for (const query of queries) {
        const { stdout, ms } = await run(['--model', model, '--json', '-k', '25', '--', query, folder])
        answers.push({ hits: hitsOf(stdout), ms })
      }
      return answers
    },
  }
}

interface ColgrepResult {
  unit: { file: string; line: number; end_line: number }
  score: number
  /** The units of the file one by one; absent where the result is a single unit. */
  matches?: { line: number; end_line: number; score: number }[]
}

function hitsOf(stdout: string): ToolAnswer['hits'] {
  const results = JSON.parse(stdout.slice(Math.max(0, stdout.indexOf('[')))) as ColgrepResult[]
  return results.flatMap(({ unit, score, matches }) =>
    (matches && matches.length > 0 ? matches : [{ ...unit, score }]).map((match) => ({
      file: unit.file,
      startLine: match.line,
      endLine: match.end_line,
      score: match.score,
    })),
  )
}

/** Lateral's command line, the same way; `search` has one process answer all questions of a folder. */
export function commandLine(options: { model: string; storage: string }): Tool & {
  /** A process for one question, as ColGREP's are; the milliseconds from its start to its end. */
  searchOnce(folder: string, query: string): Promise<number>
} {
  const cli = path.join(root, 'server/dist/cli.js')
  const common = ['--model-dir', options.model, '--storage', options.storage]
  return {
    async build(folder) {
      const startedMs = performance.now()
      await promisify(execFile)(process.execPath, [cli, 'index', folder, ...common], { maxBuffer: 1 << 28 })
      return performance.now() - startedMs
    },
    async search(folder, queries) {
      const args = [cli, 'search', '--stdin', '--json', '--no-update', '-k', '50', ...common, folder]
      const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
      child.stdin.end(queries.map((query) => `${query.replace(/\s+/g, ' ')}\n`).join(''))
      const lines = (await text(child.stdout)).split('\n').filter((line) => line.startsWith('{'))
      return lines.map((line) => {
        const { hits = [], ms } = JSON.parse(line) as { hits?: CommandHit[]; ms: number }
        return { ms, hits: hits.map((hit) => ({ ...hit, file: hit.absolutePath })) }
      })
    },
    async searchOnce(folder, query) {
      const startedMs = performance.now()
      const args = [cli, 'search', '--json', '--no-update', '-k', '50', ...common, '--', query, folder]
      await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 28 })
      return performance.now() - startedMs
    },
  }
}

/**
 * Lateral as it runs in an editor: the language server, asked the seconds after its index is ready that a user needs,
 * one question after the other. `ms` is until the client has read the answer.
 */
export function languageServer(options: { model: string; storage: string }): Pick<Tool, 'search'> {
  return {
    async search(folder, queries) {
      const models = { 'model.code': options.model, 'model.docs': options.model }
      const server = await startServerOn(folder, options.storage, { settings: models })
      try {
        await server.readyForUser()
        const answers: ToolAnswer[] = []
        for (const query of queries) {
          const startedMs = performance.now()
          const { hits } = await server.search(query.replace(/\s+/g, ' '))
          const ms = performance.now() - startedMs
          answers.push({ ms, hits: hits.map((hit) => ({ ...hit, file: fileURLToPath(hit.uri) })) })
        }
        return answers
      } finally {
        await server.stop()
      }
    },
  }
}

interface CommandHit {
  absolutePath: string
  startLine: number
  endLine: number
  score: number
}

const TIMEOUT_MS = 600_000
