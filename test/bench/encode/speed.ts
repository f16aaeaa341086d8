import { rm } from 'node:fs/promises'
import os from 'node:os'
import { type BareRuns, type BareSetup, bareOnnxTokensPerSecond, startBareOnnx } from '../bareOnnx.ts'
import { spread } from '../corpus.ts'
import { percentile } from '../report.ts'
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
  const setup = await bestSetup(options, sample.texts)
  const all = await compare(options, sample, setup, nProcessors, rounds)
  const one = await compare(options, sample, { processes: 1, threads: 1, batch: 1 }, 1, Math.ceil(rounds / 4))
  add({
    best_bare_processes: setup.processes,
    best_bare_threads: setup.threads,
    best_bare_batch: setup.batch,
    files: sample.files.length,
    texts: sample.texts.length,
    tokens: all.nTokens,
    bare_tokens_per_second: median(all.bare),
    tokens_per_second: median(all.stage),
    build_tokens_per_second: median(all.build),
    ...quartiles('pipeline_ratio', all.stageRatio),
    ...quartiles('encoding_pass_ratio', all.encodingPassRatio),
    ...quartiles('build_ratio', all.buildRatio),
    bare_tokens_per_second_1: median(one.bare),
    tokens_per_second_1: median(one.stage),
    ...quartiles('pipeline_ratio_1', one.stageRatio),
    build_ratio_1: median(one.buildRatio),
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

/**
 * The setup that is fastest for bare ONNX Runtime. Each is tried on a third of the texts; those that come near the best
 * then take turns on all of them, as the builds will.
 */
async function bestSetup({ modelDirectory, add, say }: SpeedOptions, texts: string[]): Promise<BareSetup> {
  const tell = (setup: BareSetup, speed: number) => {
    say(`bare ${nameOf(setup)} ${Math.round(speed)}`)
    add({ [`bare_${nameOf(setup)}`]: speed })
  }
  const some = spread(texts, Math.ceil(texts.length / 3))
  const tried: { setup: BareSetup; speed: number }[] = []
  for (const setup of setupsFor(os.availableParallelism())) {
    const speed = await bareOnnxTokensPerSecond(modelDirectory, some, setup)
    tell(setup, speed)
    tried.push({ setup, speed })
  }
  const most = Math.max(...tried.map(({ speed }) => speed))
  const finalists: { setup: BareSetup; runs: BareRuns; speed: number }[] = []
  try {
    for (const { setup, speed } of tried) {
      if (speed < most * NEAR_THE_BEST) continue
      finalists.push({ setup, runs: await startBareOnnx(modelDirectory, texts, setup), speed: 0 })
    }
    for (let i = 0; i < FINAL_RUNS; i++) {
      for (const each of finalists) each.speed = Math.max(each.speed, await each.runs.run())
    }
  } finally {
    for (const { runs } of finalists) runs.end()
  }
  for (const { setup, speed } of finalists) tell(setup, speed)
  return finalists.sort((a, b) => b.speed - a.speed)[0]!.setup
}

/** Of each round, or of each that had a build: tokens a second, and shares of what bare ONNX Runtime did next to it. */
interface Rounds {
  bare: number[]
  stage: number[]
  build: number[]
  stageRatio: number[]
  encodingPassRatio: number[]
  buildRatio: number[]
  nTokens: number
}

/**
 * In turn, each beside a bare run of its own: the machine's speed, which other work and its host change from second to
 * second, is then about the same for both. Which one comes first alternates.
 */
async function compare(
  { modelDirectory, say }: SpeedOptions,
  sample: Sample,
  setup: BareSetup,
  threads: number,
  nRounds: number,
): Promise<Rounds> {
  const bareRuns = await startBareOnnx(modelDirectory, sample.texts, setup)
  const stageRuns = await startStage(modelDirectory, threads)
  const builds = await startBuilds(modelDirectory, threads)
  const rounds: Rounds = {
    bare: [],
    stage: [],
    build: [],
    stageRatio: [],
    encodingPassRatio: [],
    buildRatio: [],
    nTokens: 0,
  }
  const buildOnce = async () => {
    const { nTokensEncoded, encodeMs, elapsedMs } = await builds.build(sample.folder)
    return {
      nTokensEncoded,
      encodingPass: (nTokensEncoded / encodeMs) * 1000,
      build: (nTokensEncoded / elapsedMs) * 1000,
    }
  }
  try {
    // Caches, compiled code and the memory that ONNX Runtime keeps, of both.
    for (let i = 0; i < WARM_UP_RUNS; i++) {
      await bareRuns.run()
      await stageRuns.run(sample.files)
    }
    for (let i = 0; i < nRounds; i++) {
      const isBareFirst = i % 2 === 0
      const before = isBareFirst ? await bareRuns.run() : undefined
      const stage = await stageRuns.run(sample.files)
      const bare = before ?? (await bareRuns.run())
      rounds.bare.push(bare)
      rounds.stage.push(stage)
      rounds.stageRatio.push(stage / bare)
      say(`${threads} threads: bare ${Math.round(bare)}, stage ${Math.round(stage)}, ${(stage / bare).toFixed(3)}`)
      if (i % ROUNDS_A_BUILD !== 1) continue
      const { nTokensEncoded, encodingPass, build } = await buildOnce()
      rounds.nTokens = nTokensEncoded
      rounds.build.push(build)
      rounds.encodingPassRatio.push(encodingPass / bare)
      rounds.buildRatio.push(build / bare)
      say(`${threads} threads: encoding pass ${Math.round(encodingPass)}, build ${Math.round(build)}`)
    }
  } finally {
    bareRuns.end()
    await stageRuns.dispose()
    await builds.dispose()
  }
  return rounds
}

/** The median under `name`, the quartiles beside. */
function quartiles(name: string, ratios: number[]): Record<string, number> {
  return {
    [name]: percentile(ratios, 0.5),
    [`${name}_q1`]: percentile(ratios, 0.25),
    [`${name}_q3`]: percentile(ratios, 0.75),
  }
}

const median = (values: number[]) => percentile(values, 0.5)

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

/** Builds take the longest. Even, as a build comes after a round that ends with a bare run. */
const ROUNDS_A_BUILD = 4
const PROBE_RUNS = 3
const WARM_UP_RUNS = 3
/** In a first try on a machine whose speed moves by a factor of two. */
const NEAR_THE_BEST = 0.5
const FINAL_RUNS = 4
const PROBE_CHARS = 20_000
/** Of code, about. */
const CHARS_PER_TOKEN = 3.5
