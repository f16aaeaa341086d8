import { rm } from 'node:fs/promises'
import os from 'node:os'
import { type BareSetup, bareOnnxTokensPerSecond, startBareOnnx } from '../bareOnnx.ts'
import { spread } from '../corpus.ts'
import { startBuilds } from './builds.ts'
import type { Sample, Sampler } from './sample.ts'
import { startStage } from './stage.ts'

export interface SpeedOptions {
  modelDirectory: string
  sampler: Sampler
  /** Of encoding, about, in each run on all processors. */
  seconds: number
  rounds: number
  add: (figures: Record<string, number>) => void
  say: (line: string) => void
}

/** Builds beside bare ONNX Runtime, on all processors and on one. Gives the sample; its folder is the caller's. */
export async function measureSpeed(options: SpeedOptions): Promise<Sample> {
  const { rounds, add } = options
  const nProcessors = os.availableParallelism()
  const sample = await sampleFor(options)
  const setup = await bestSetup(options, spread(sample.texts, Math.ceil(sample.texts.length / 3)))
  const all = await compare(options, sample, setup, nProcessors, rounds)
  const one = await compare(options, sample, { processes: 1, threads: 1, batch: 1 }, 1, Math.ceil(rounds / 2))
  add({
    best_bare_processes: setup.processes,
    best_bare_threads: setup.threads,
    best_bare_batch: setup.batch,
    files: sample.files.length,
    texts: sample.texts.length,
    tokens: all.nTokens,
    bare_tokens_per_second: all.bare,
    tokens_per_second: all.stage,
    build_tokens_per_second: all.build,
    pipeline_ratio: all.stage / all.bare,
    encoding_pass_ratio: all.encodingPass / all.bare,
    build_ratio: all.build / all.bare,
    bare_tokens_per_second_1: one.bare,
    tokens_per_second_1: one.stage,
    pipeline_ratio_1: one.stage / one.bare,
    build_ratio_1: one.build / one.bare,
  })
  return sample
}

/** Large enough that each run takes `seconds`; found by short runs. */
async function sampleFor({ modelDirectory, sampler, seconds }: SpeedOptions): Promise<Sample> {
  const probe = await sampler.take(PROBE_CHARS)
  const setup = { processes: os.availableParallelism(), threads: 1, batch: 1 }
  const bare = await startBareOnnx(modelDirectory, probe.texts, setup)
  let tokensPerSecond = 0
  for (let i = 0; i < PROBE_RUNS; i++) tokensPerSecond = Math.max(tokensPerSecond, await bare.run())
  bare.end()
  await rm(probe.folder, { recursive: true, force: true })
  return sampler.take(seconds * tokensPerSecond * CHARS_PER_TOKEN)
}

/** The setup that is fastest for bare ONNX Runtime, each tried twice. */
async function bestSetup({ modelDirectory, add, say }: SpeedOptions, texts: string[]): Promise<BareSetup> {
  const speeds = new Map(setupsFor(os.availableParallelism()).map((setup) => [setup, 0]))
  for (let round = 0; round < 2; round++) {
    for (const [setup, speed] of speeds)
      speeds.set(setup, Math.max(speed, await bareOnnxTokensPerSecond(modelDirectory, texts, setup)))
  }
  for (const [setup, speed] of speeds) {
    say(`bare ${nameOf(setup)} ${Math.round(speed)}`)
    add({ [`bare_${nameOf(setup)}`]: speed })
  }
  return [...speeds].sort(([, a], [, b]) => b - a)[0]![0]
}

/** Tokens a second. */
interface Speeds {
  bare: number
  stage: number
  encodingPass: number
  build: number
  nTokens: number
}

/** All in turn, and of each the best: what else the machine does meets all of them, and can only slow them. */
async function compare(
  { modelDirectory, say }: SpeedOptions,
  sample: Sample,
  setup: BareSetup,
  threads: number,
  rounds: number,
): Promise<Speeds> {
  const bareRuns = await startBareOnnx(modelDirectory, sample.texts, setup)
  const stage = await startStage(modelDirectory, threads)
  const builds = await startBuilds(modelDirectory, threads)
  const best: Speeds = { bare: 0, stage: 0, encodingPass: 0, build: 0, nTokens: 0 }
  const note = (found: Partial<Speeds>) => {
    for (const [name, value] of Object.entries(found) as [keyof Speeds, number][])
      best[name] = Math.max(best[name], value)
    const shown = Object.entries(found).map(([name, value]) => `${name} ${Math.round(value)}`)
    say(`${threads} threads: ${shown.join(', ')}`)
  }
  try {
    for (let i = 0; i < rounds; i++) {
      note({ bare: await bareRuns.run() })
      note({ stage: await stage.run(sample.files) })
      if (i % ROUNDS_A_BUILD > 0) continue
      const { nTokensEncoded: nTokens, encodeMs, elapsedMs } = await builds.build(sample.folder)
      note({ encodingPass: (nTokens / encodeMs) * 1000, build: (nTokens / elapsedMs) * 1000, nTokens })
    }
  } finally {
    bareRuns.end()
    await stage.dispose()
    await builds.dispose()
  }
  return best
}

/** The first is what encoder processes do. */
function setupsFor(nProcessors: number): BareSetup[] {
  return [
    { processes: nProcessors, threads: 1, batch: 1 },
    { processes: nProcessors, threads: 1, batch: 4 },
    { processes: 1, threads: nProcessors, batch: 1 },
    { processes: 1, threads: nProcessors, batch: 8 },
  ]
}

const nameOf = ({ processes, threads, batch }: BareSetup) => `${processes}x${threads}x${batch}`

/** Builds take the longest. */
const ROUNDS_A_BUILD = 2
const PROBE_RUNS = 3
const PROBE_CHARS = 20_000
/** Of code, about. */
const CHARS_PER_TOKEN = 3.5
