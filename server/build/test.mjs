// `npm test`: everything, part by part. `npm test -- PART...` runs some of them. Last line: `N passed, N failed`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runNode, runProgram } from './childProcess.mjs'
import { ensureEditor } from './editor/index.mjs'
import { repositoryRoot } from './freshness.mjs'
import { ensureInstalled } from './prepare.mjs'
import { Problem, runScript } from './problem.mjs'

/** The user interface is driven as it is shipped. */
const PACKAGE = path.join(repositoryRoot, 'test', 'dist', 'lateral.vsix')
const bin = (name) => path.join(repositoryRoot, 'node_modules', name)
const PARTS = {
  build: () => oneCheck(['esbuild.mjs']),
  lint: () => oneCheck([bin('@biomejs/biome/bin/biome'), 'check', '.']),
  types: () => oneCheck([bin('typescript/bin/tsc'), '--noEmit', '-p', '.']),
  unit: runVitest,
  locality: runLocality,
  host: () => runCounted('test/e2e/runHost.mjs'),
  editorNode: runIndexOnEditorNode,
  package: () => oneCheck(['server/build/package.mjs', '--out', PACKAGE]),
  ui: () => runCounted('test/e2e/runUi.mjs', ...(existsSync(PACKAGE) ? ['--vsix', PACKAGE] : [])),
}
/** Parts that wait more than they work: begun right after the build, shown at their place. */
const BESIDE = ['locality']

await runScript(async (argv) => {
  const unknown = argv.find((name) => !(name in PARTS))
  if (unknown) throw new Problem(`There is no part "${unknown}": the parts are ${Object.keys(PARTS).join(', ')}.`)
  await ensureInstalled()
  const results = []
  const chosen = Object.keys(PARTS).filter((name) => argv.length === 0 || argv.includes(name))
  const begun = new Map()
  const begin = (name) => {
    const running = timed(name)
    // Told where it is awaited.
    running.catch(() => {})
    begun.set(name, running)
  }
  for (const name of chosen) {
    console.log(`\n== ${name}`)
    const { seconds, output, ...counts } = await (begun.get(name) ?? timed(name))
    if (output) process.stdout.write(output)
    results.push({ name, ...counts, seconds })
    // Nothing after it would test what is in the sources.
    if (name === 'build' && counts.failed > 0) break
    if (begun.size === 0) for (const each of chosen) if (BESIDE.includes(each) && each !== name) begin(each)
  }
  return summarise(results)
})

async function timed(name) {
  const startedAt = Date.now()
  const counts = await PARTS[name]()
  return { ...counts, seconds: (Date.now() - startedAt) / 1000 }
}

function summarise(results) {
  console.log('')
  for (const { name, passed, failed, seconds } of results)
    console.log(`${name.padEnd(10)} ${passed} passed, ${failed} failed (${seconds.toFixed(1)} s)`)
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0)
  console.log(`${total('passed')} passed, ${total('failed')} failed`)
  return total('failed') === 0 ? 0 : 1
}

async function oneCheck(args) {
  const { code } = await runNode(args)
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** The index on the Node of VS Code, which has relaxed SIMD and SQLite of its own where ours may not. */
async function runIndexOnEditorNode() {
  const { node } = await ensureEditor()
  return vitestCounts((args) => runProgram(node, [bin('vitest/vitest.mjs'), 'run', 'test/unit/index', ...args]))
}

/** Tests and coverage. A threshold that is missed, or a file that cannot be loaded, is one more failure. */
function runVitest() {
  return vitestCounts((args) => runNode([bin('vitest/vitest.mjs'), 'run', '--coverage', ...args]))
}

/** `run` gets the arguments that make vitest report to us. */
async function vitestCounts(run) {
  const folder = mkdtempSync(path.join(tmpdir(), 'lateral-test-'))
  const report = path.join(folder, 'report.json')
  try {
    const { code } = await run(['--reporter=default', '--reporter=json', `--outputFile.json=${report}`])
    if (!existsSync(report)) return { passed: 0, failed: 1 }
    const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(report, 'utf8'))
    return { passed, failed: code !== 0 && failed === 0 ? 1 : failed }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What is begun beside another part is printed when it has ended. */
async function runLocality() {
  // The bundler is there once packages are installed.
  const { bundleScript } = await import('./loadTypeScript.mjs')
  const { code, output } = await runNode([await bundleScript('test/locality/run.ts')], { capture: 'silently' })
  if (code === 0 && /^0 passed, 0 failed, \d+ skipped$/m.test(output)) return { passed: 0, failed: 0, output }
  return { ...countsOf(code, output), output }
}

/** A runner that ends with `N passed, N failed`. No such line, or nothing run, is a failure. */
async function runCounted(...args) {
  const { code, output } = await runNode(args, { capture: true })
  return countsOf(code, output)
}

function countsOf(code, output) {
  const counts = [...output.matchAll(/(\d+) passed, (\d+) failed/g)].at(-1)
  const [passed, failed] = counts ? [Number(counts[1]), Number(counts[2])] : [0, 0]
  return { passed, failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed }
}
