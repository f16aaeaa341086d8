import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './corpus.ts'
import { driftOf } from './encode/drift.ts'
import { queryLatencies } from './encode/queries.ts'
import { Sampler } from './encode/sample.ts'
import { measureSpeed } from './encode/speed.ts'
import { report } from './report.ts'

/**
 * How much of bare ONNX Runtime's speed does a build keep, and how long does a query take beside one? Tokens a second:
 *
 * - `bare`: ONNX Runtime alone on the texts of the sample, tokenised beforehand and sorted by length, at the best of several
 *   setups (processes x threads x texts a run) that are tried in the same run;
 * - `pipeline_ratio`: to it, the encoding stage of a build with its encoder processes, as the product has them: from texts
 *   to vectors in the hands of an index's thread (which does nothing with them), tokenising, messages and waiting included;
 * - `encoding_pass_ratio`: a whole build's encoding pass. Here the index trains its centroids and stores vectors at the
 *   same time, on the same processors;
 * - `build_ratio`: a whole build from nothing, reading, cutting and indexing words included.
 *
 * They take turns at the same priority, each next to a bare run of its own, now before it, now after it; a ratio is the
 * median of the rounds' own ratios (`_q1` and `_q3` are its quartiles), speeds are medians too. Where a machine's speed
 * moves by a factor of two from second to second, the best of each would compare its luckiest moments.
 * `--corpus DIR` (this repository where absent), `--models DIR` with models `edge` and `base` (`make_shapes.py`),
 * `--shape NAME` for one alone, `--seconds N` of encoding in each run, `--rounds N`.
 */
const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: root },
    models: { type: 'string' },
    shape: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '24' },
    json: { type: 'boolean' },
  },
})
const corpusFolder = path.resolve(values.corpus)
const shapes = Object.entries({
  embedded: path.join(root, 'models/embedded'),
  ...(values.models && {
    edge: path.resolve(values.models, 'edge'),
    base: path.resolve(values.models, 'base'),
  }),
}).filter(([name, folder]) => existsSync(folder) && (values.shape?.includes(name) ?? true))

const sampler = await Sampler.open(corpusFolder)
const figures: Record<string, number> = { processes: os.availableParallelism() }
for (const [shape, modelDirectory] of shapes) {
  const add = (found: Record<string, number>) => {
    for (const [name, value] of Object.entries(found)) figures[`${name}_${shape}`] = value
  }
  const sample = await measureSpeed({
    modelDirectory,
    sampler,
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    add,
    say: (line) => console.error(`  ${shape}: ${line}`),
  })
  add(await driftOf(modelDirectory, sample.texts))
  add(await queryLatencies(modelDirectory, sample.texts))
  await rm(sample.folder, { recursive: true, force: true })
}
await sampler.dispose()
report({ bench: 'encode', corpus: path.basename(corpusFolder), figures })
