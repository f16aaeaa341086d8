import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { BuildReport } from '../../server/src/engine/types.ts'
import { bareOnnxTokensPerSecond } from './bareOnnx.ts'
import { root, spread, unitsOf } from './corpus.ts'
import { watchMemory } from './processMemory.ts'
import { report } from './report.ts'

/**
 * How fast is a folder indexed, beside bare ONNX Runtime on the same texts, and what does its index take?
 * `--corpus DIR` (this repository where absent), `--texts N` for the bare runs, `--storage DIR` to keep the index.
 * Bare runs stand before and after the build, so that a change of the machine's load meets both.
 */
const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: root },
    texts: { type: 'string', default: '1500' },
    storage: { type: 'string' },
    json: { type: 'boolean' },
  },
})
const corpus = path.resolve(values.corpus)
const nProcesses = os.availableParallelism()
const texts = spread(
  (await unitsOf(corpus)).map(({ text }) => text),
  Number(values.texts),
)
const setup = { processes: nProcesses, threads: 1, batch: 1 }
const bare = () => bareOnnxTokensPerSecond(path.join(root, 'models/embedded'), texts, setup)

const bareBefore = await bare()
const { built, peakMb } = await buildOnce()
const bareTokensPerSecond = (bareBefore + (await bare())) / 2
const tokensPerSecond = (built.nTokensEncoded / built.elapsedMs) * 1000

report({
  bench: 'build',
  corpus: path.basename(corpus),
  figures: {
    files: built.nFiles,
    units: built.nUnits,
    tokens: built.nTokensEncoded,
    seconds: built.elapsedMs / 1000,
    tokens_per_second: tokensPerSecond,
    encode_tokens_per_second: (built.nTokensEncoded / built.encodeMs) * 1000,
    bare_onnx_tokens_per_second: bareTokensPerSecond,
    pipeline_ratio: tokensPerSecond / bareTokensPerSecond,
    index_tokens: built.nTokens,
    index_mb: built.sizeBytes / 1e6,
    bytes_per_token: built.sizeBytes / built.nTokens,
    peak_rss_mb: peakMb,
  },
})

/** One build from nothing, by the command line. */
async function buildOnce(): Promise<{ built: BuildReport; peakMb: number | undefined }> {
  const storage = values.storage
    ? path.resolve(values.storage)
    : await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-'))
  const cli = path.join(root, 'server/dist/cli.js')
  const child = spawn(process.execPath, [cli, 'index', corpus, '--json', '--storage', storage], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const memory = watchMemory(child.pid!)
  try {
    let output = ''
    for await (const chunk of child.stdout) output += chunk
    return { built: JSON.parse(output), peakMb: memory.peakMb() }
  } finally {
    memory.stop()
    if (!values.storage) await rm(storage, { recursive: true, force: true })
  }
}
