import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { FolderStatus } from '../../server/src/contract/requests.ts'
import { queriesFrom, root, unitsOf } from './corpus.ts'
import { watchMemory } from './processMemory.ts'
import { percentile, report } from './report.ts'
import { type RunningServer, startServerOn } from './server.ts'

/**
 * Is every search answered, and how soon, while another model takes over from the built-in one?
 * `--model DIR` is that model: `models/training/make_shapes.py` makes one of LateOn-Code's shape with random weights.
 * `--corpus DIR` (this repository where absent) is indexed with the built-in model; then the server is started with the
 * other one, killed (SIGKILL) and started again at a third and at two thirds of the way. All the time one search after
 * the other is made, with a pause of `--pause MS`.
 *
 * A search fails where it errs or has no hits: a question always has some by meaning. Memory is that of the server with
 * all its processes: with the built-in model alone, at most during the upgrade, and after it, once the server has been
 * started again.
 */
const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    corpus: { type: 'string', default: root },
    pause: { type: 'string', default: '200' },
    json: { type: 'boolean' },
  },
})
if (!values.model) throw new Error('--model DIR is missing: the model to upgrade to.')
const model = path.resolve(values.model)
const corpus = path.resolve(values.corpus)
const pauseMs = Number(values.pause)
const queries = queriesFrom(await unitsOf(corpus), 500)
const storage = await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-'))
const chosen = { model: { code: model, docs: model } }
let nAsked = 0

interface Answers {
  ms: number[]
  nFailed: number
  peakMb: number | undefined
}

/** Searches until `isOver` says so, and gives what came of them. */
async function searchWhile(server: RunningServer, isOver: (status: FolderStatus) => boolean): Promise<Answers> {
  const memory = watchMemory(server.pid)
  const answers: Answers = { ms: [], nFailed: 0, peakMb: undefined }
  for (;;) {
    const query = queries[nAsked++ % queries.length]!
    const startedMs = performance.now()
    const hits = await server.search(query).then(
      (reply) => reply.hits,
      () => [],
    )
    answers.ms.push(performance.now() - startedMs)
    if (hits.length === 0) answers.nFailed++
    const status = await server.status()
    if (status && isOver(status)) break
    await setTimeout(pauseMs)
  }
  memory.stop()
  return { ...answers, peakMb: memory.peakMb() }
}

const shareOf = ({ upgrade }: FolderStatus) => (upgrade ? upgrade.nUnitsDone / upgrade.nUnits : undefined)
const forSearches = (n: number) => () => --n <= 0

try {
  const first = await startServerOn(corpus, storage)
  const { nUnits, nFiles } = await first.ready()
  await first.stop()
  const alone = await startServerOn(corpus, storage)
  await alone.ready()
  await searchWhile(alone, forSearches(20))
  const before = await searchWhile(alone, forSearches(100))
  await alone.stop()

  const during: Answers[] = []
  const firstAnswerMs: number[] = []
  let upgradeMs = 0
  let kills = 0
  for (const end of [1 / 3, 2 / 3, undefined]) {
    const startedMs = performance.now()
    const server = await startServerOn(corpus, storage, { settings: chosen })
    // The state of the folder is known once it has been opened.
    while (!(await server.status())?.nUnits) await setTimeout(50)
    firstAnswerMs.push(performance.now() - startedMs)
    const isPast = (status: FolderStatus) =>
      end === undefined ? status.phase === 'ready' && !status.upgrade : (shareOf(status) ?? 1) >= end
    during.push(await searchWhile(server, isPast))
    upgradeMs += performance.now() - startedMs
    if (end === undefined) await server.stop()
    else {
      kills++
      await server.kill()
    }
  }
  const last = await startServerOn(corpus, storage, { settings: chosen })
  await last.ready()
  await searchWhile(last, forSearches(20))
  const after = await searchWhile(last, forSearches(100))
  await last.stop()

  const ms = during.flatMap((answers) => answers.ms)
  report({
    bench: 'upgrade',
    corpus: path.basename(corpus),
    figures: {
      files: nFiles,
      units: nUnits,
      upgrade_s: upgradeMs / 1000,
      kills,
      open_ms: Math.max(...firstAnswerMs),
      searches: ms.length,
      failures: [before, ...during, after].reduce((sum, { nFailed }) => sum + nFailed, 0),
      before_p50_ms: percentile(before.ms, 0.5),
      before_p95_ms: percentile(before.ms, 0.95),
      p50_ms: percentile(ms, 0.5),
      p95_ms: percentile(ms, 0.95),
      max_ms: Math.max(...ms),
      after_p50_ms: percentile(after.ms, 0.5),
      after_p95_ms: percentile(after.ms, 0.95),
      before_memory_mb: before.peakMb,
      memory_mb: Math.max(...during.map(({ peakMb }) => peakMb ?? Number.NaN)),
      after_memory_mb: after.peakMb,
    },
  })
} finally {
  await rm(storage, { recursive: true, force: true })
}
