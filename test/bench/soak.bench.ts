import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../server/src/base/random.ts'
import { spread } from './corpus.ts'
import { handlesOf, memoryMb } from './processMemory.ts'
import { percentile, report } from './report.ts'
import { startServerOn } from './server.ts'
import { Editor } from './soak/edits.ts'
import { answersOf, buildIndex, contentOf, nDifferent, overlap } from './soak/fresh.ts'
import { Searcher } from './soak/searches.ts'
import { World } from './soak/world.ts'

/**
 * Does a server that is edited under and searched for a long time stay right, small, and like a fresh one?
 *
 * Over a generated git repository of `--files N`, for `--minutes N`: `--edits N` a second (bodies, names, moves, renames,
 * deletions, checkouts, ignore rules, files of the same size and time), and searches all the while. Each hit is held
 * against what its file may have been between question and answer: `dead_names` are in none of these texts at their
 * line, `missing_file_hits` in no file. A unit counts for `live_hits_lost` that its file has held unchanged for over two
 * seconds and that is not found by its name, which no other has. `rss_growth_pct` and `handle_growth` are of all
 * processes of the server, from the fifth minute (of a short run: from a quarter) to the end. At the end, quiet,
 * `differs_from_fresh` counts files, units and answers by words that differ from those of a new index; answers by
 * meaning are compared with it (`meaning_overlap`), and it with one that met half of the files later
 * (`meaning_overlap_fresh`). `--seed N` makes the same edits again; what went wrong stands on standard error.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    edits: { type: 'string', default: '2.5' },
    files: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean' },
  },
})
const [minutes, editsPerSecond, nFiles, seed] = [values.minutes, values.edits, values.files, values.seed].map(
  Number,
) as [number, number, number, number]

const NO_LIMIT = 10_000
const SAMPLE_MS = 5000
const QUIET_MS = 3000
const QUIET_LIMIT_MS = 60_000

const base = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'lateral-soak-')))
const [folder, storage] = [path.join(base, 'repository'), path.join(base, 'storage')]
console.error(`Seed ${seed}`)
try {
  const world = new World(folder)
  await world.init()
  const editor = new Editor(world, seededRandom(seed))
  editor.fill(nFiles)
  await world.checkout('branch0')
  const server = await startServerOn(folder, storage)
  await server.readyForUser()
  const searcher = new Searcher(world, server, seededRandom(seed + 1))
  const searching = searcher.run()
  const edited = await editFor(world, editor, server.pid)
  const { handles, baseHandles, memory, edits } = edited
  await settled()
  searcher.stop()
  await searching
  const endHandles = handlesOf(server.pid)
  const wrong = world.differencesFromDisk()
  if (wrong.length > 0) throw new Error(`The bench is wrong about ${wrong.join(', ')}.`)
  await server.stop()
  for (const [kind, count] of endHandles) {
    const before = baseHandles.get(kind) ?? 0
    if (count !== before) console.error(`handles of ${kind}: ${before}, then ${count}`)
  }
  const fresh = await compareWithFresh(world)
  const { counts } = searcher
  report({
    bench: 'soak',
    corpus: `generated, ${world.files.size} files at the end, seed ${seed}, ${minutes} minutes`,
    figures: {
      dead_names: counts.dead,
      missing_file_hits: counts.missingFile,
      live_hits_lost: counts.lost,
      rss_growth_pct: memory.growthPct,
      handle_growth: total(endHandles) - total(baseHandles),
      ...fresh,
      dead_snippets: counts.deadSnippet,
      ignored_hits: counts.ignored,
      failed_searches: counts.failed,
      searches: counts.searches,
      live_names_asked: counts.liveAsked,
      hits: counts.hits,
      edits,
      edits_per_s: edits / (minutes * 60),
      rss_mb: memory.endMb,
      search_p50_ms: percentile(searcher.tookMs, 0.5),
      search_p99_ms: percentile(searcher.tookMs, 0.99),
      handles,
    },
  })

  async function settled() {
    const deadlineMs = performance.now() + QUIET_LIMIT_MS
    await setTimeout(QUIET_MS)
    while (performance.now() < deadlineMs && (await server.status())?.phase !== 'ready') await setTimeout(200)
    await setTimeout(QUIET_MS)
  }

  /** Edits at an even pace; once in between all is left alone, to count what is open. */
  async function editFor(_world: World, edits: Editor, pid: number) {
    const startMs = performance.now()
    const totalMs = minutes * 60_000
    const baselineMs = Math.min(5 * 60_000, totalMs / 4)
    const windowMs = Math.min(2 * 60_000, totalMs / 8)
    const samples: { atMs: number; mb: number }[] = []
    const sampler = setInterval(() => samples.push({ atMs: performance.now() - startMs, mb: memoryMb(pid) }), SAMPLE_MS)
    let nEdits = 0
    let atBaseline: Map<string, number> | undefined
    let pausedMs = 0
    try {
      for (;;) {
        const atMs = performance.now() - startMs - pausedMs
        if (atMs >= totalMs) break
        if (!atBaseline && atMs >= baselineMs) {
          const pausedAtMs = performance.now()
          await settled()
          atBaseline = handlesOf(pid)
          pausedMs += performance.now() - pausedAtMs
        }
        await edits.edit()
        nEdits++
        await setTimeout(Math.max(0, (nEdits * 1000) / editsPerSecond - (performance.now() - startMs - pausedMs)))
      }
    } finally {
      clearInterval(sampler)
    }
    const medianOf = (fromMs: number) =>
      percentile(
        samples.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + windowMs).map(({ mb }) => mb),
        0.5,
      )
    const [baseMb, endMb] = [medianOf(baselineMs), medianOf(samples.at(-1)!.atMs - windowMs)]
    return {
      edits: nEdits,
      handles: total(atBaseline!),
      baseHandles: atBaseline!,
      memory: { growthPct: (endMb / baseMb - 1) * 100, endMb },
    }
  }
} finally {
  rmSync(base, { recursive: true, force: true, maxRetries: 5 })
}

async function compareWithFresh(world: World) {
  const [fresh, other] = [path.join(base, 'fresh'), path.join(base, 'other')]
  await buildIndex(folder, fresh)
  await buildIndex(folder, other, '--exclude', 'src/area[0-3]/**')
  await buildIndex(folder, other)
  const [own, anew] = [contentOf(folder, storage), contentOf(folder, fresh)]
  const names = [...world.files.values()].flat().map(({ name }) => name)
  const questions = new Editor(world, seededRandom(seed + 2))
  const sentences = Array.from({ length: 100 }, () => questions.question().replace('.', ''))
  const ask = (from: string, way: 'lexical' | 'semantic', limit: number, queries: string[]) =>
    answersOf({ folder, storage: from, way, limit }, queries)
  // Without a limit: where it cuts, hits of the same score are taken by chance.
  const byWords = [...spread(names, 100), ...sentences]
  const ownWords = await ask(storage, 'lexical', NO_LIMIT, byWords)
  const freshWords = await ask(fresh, 'lexical', NO_LIMIT, byWords)
  const differing = byWords.filter((_, i) => ownWords[i]!.join('\n') !== freshWords[i]!.join('\n'))
  for (const query of differing.slice(0, 5)) console.error(`by words, other hits than fresh: ${query}`)
  const [ownMeaning, freshMeaning, otherMeaning] = [
    await ask(storage, 'semantic', 10, sentences),
    await ask(fresh, 'semantic', 10, sentences),
    await ask(other, 'semantic', 10, sentences),
  ]
  const [files, units] = [nDifferent(own.files, anew.files), nDifferent(own.units, anew.units)]
  return {
    differs_from_fresh: files + units + differing.length,
    files_differ: files,
    units_differ: units,
    words_differ: differing.length,
    meaning_overlap: overlap(ownMeaning, freshMeaning),
    meaning_overlap_fresh: overlap(otherMeaning, freshMeaning),
  }
}

function total(handles: ReadonlyMap<string, number>): number {
  return [...handles.values()].reduce((sum, count) => sum + count, 0)
}
