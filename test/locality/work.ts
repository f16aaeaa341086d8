import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startServerOn } from '../bench/server.ts'
import { ENVIRONMENT, SCENE } from './scene.ts'
import { straced } from './straceLog.ts'
import type { LocalityOptions, LocalityReport } from './types.ts'

type Work = Omit<LocalityReport['work'], 'seconds' | 'encoderSeconds'>

/** The folders that are worked on: a git repository, and one that takes a while to encode. */
export function prepareWork(): void {
  const git = (...args: string[]) => execFileSync('git', ['-C', SCENE.workspace, ...args], { env: ENVIRONMENT })
  git('init', '--quiet')
  git('add', '.')
  git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '--message', 'first')
  mkdirSync(SCENE.long)
  for (let file = 0; file < LONG_FILES; file++)
    writeFileSync(path.join(SCENE.long, `module${file}.ts`), functionsOf(file, FUNCTIONS_A_FILE))
}

/**
 * What a user does: the command line's commands one after another, and meanwhile a server that lives for `seconds`, with
 * edits and searches. `edited` is told of every file that we write ourselves.
 */
export async function doWork({ seconds, strace }: LocalityOptions, edited: (file: string) => void): Promise<Work> {
  const start = (what: string, script: string) => [
    ...(strace ? straced(what) : []),
    SCENE.node,
    `${SCENE.lateral}/server/dist/${script}`,
  ]
  const [served, nUnitsEncoded] = await Promise.all([
    serve(start('server', 'main.js'), seconds, edited),
    (async () => {
      const run = (args: string[], goodCodes?: readonly number[]) =>
        runCommand([...start(args[0]!, 'cli.js'), ...args], goodCodes)
      const { nUnitsEncoded } = JSON.parse(await run(['index', SCENE.long, '--json', '--threads', '1'])) as {
        nUnitsEncoded: number
      }
      await run(['search', 'where is the checksum computed', SCENE.long, '--explain', '--json'])
      await run(['related', 'module3.ts:2', SCENE.long, '--json'])
      await run(['status', '--all'])
      await run(['models', 'list'])
      await run(['doctor', '--privacy'])
      await run(['search', 'a failed request', SCENE.workspace, '--no-update', '--json'], [0, 1, 2])
      return nUnitsEncoded
    })(),
  ])
  return { ...served, nUnitsEncoded }
}

async function serve(command: string[], seconds: number, edited: (file: string) => void) {
  const server = await startServerOn(SCENE.workspace, undefined, { command, env: ENVIRONMENT })
  const endMs = performance.now() + seconds * 1000
  const counts = { nSearches: 0, nEdits: 0 }
  await server.ready()
  while (performance.now() < endMs) {
    const file = path.join(SCENE.workspace, `edited${counts.nEdits % 3}.ts`)
    edited(file)
    writeFileSync(file, functionsOf(counts.nEdits++, 4))
    for (const query of ['where is a failed request tried again', 'is:changed checksum', '"return total"']) {
      await server.search(query)
      counts.nSearches++
    }
    await setTimeout(EDIT_MS)
  }
  await server.stop()
  return counts
}

async function runCommand([program, ...args]: string[], goodCodes: readonly number[] = [0]): Promise<string> {
  const child = spawn(program!, args, { cwd: SCENE.workspace, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (!goodCodes.includes(code ?? -1)) throw new Error(`${args.join(' ')} ended with ${code}: ${errors}`)
  return output
}

/** Source that no other number gives. */
function functionsOf(number: number, n: number): string {
  return Array.from({ length: n }, (_, i) => {
    const [noun, verb] = [NOUNS[(number + i) % NOUNS.length]!, VERBS[(number * 7 + i) % VERBS.length]!]
    return [
      `/** ${verb}s the ${noun} numbered ${number} by ${i}, and counts what was left over on the way. */`,
      `export function ${verb}${noun[0]!.toUpperCase()}${noun.slice(1)}${number}x${i}(input: readonly number[]): number {`,
      `  let total = ${number * 31 + i}`,
      `  for (const ${noun} of input) total = (total * 33 + ${noun}) % ${1009 + i}`,
      '  return total',
      '}',
      '',
    ].join('\n')
  }).join('\n')
}

const LONG_FILES = 60
const FUNCTIONS_A_FILE = 20
const EDIT_MS = 1500
const NOUNS = ['checksum', 'packet', 'invoice', 'cursor', 'session', 'matrix', 'token', 'region', 'ledger', 'socket']
const VERBS = ['compute', 'parse', 'merge', 'retry', 'flush', 'encode', 'balance', 'rotate', 'validate']
