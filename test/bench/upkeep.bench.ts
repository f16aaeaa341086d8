import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { stderrLog } from '../../server/src/cli/log.ts'
import { IndexSession } from '../../server/src/engine/indexSession.ts'
import { root } from './corpus.ts'
import { type Dataset, openDataset, readDocs } from './plaid/dataset.ts'
import { fileOf } from './plaid/oneUnitFile.ts'
import { makeSynthetic } from './plaid/synthetic.ts'
import { percentile, report } from './report.ts'

/**
 * How long may a search wait for a slice of upkeep? An index that has grown to twenty times what it was trained on is
 * trained anew, then a tenth of its texts goes. `--docs N` (100000), `--dim N` (48), `--data DIR` to keep the vectors.
 */
const { values } = parseArgs({
  options: {
    docs: { type: 'string', default: '100000' },
    dim: { type: 'string', default: '48' },
    data: { type: 'string' },
    json: { type: 'boolean' },
  },
})
// Before all that uses it: this script runs from its top.
const FILES_A_CALL = 500
const [nDocs, dim] = [Number(values.docs), Number(values.dim)]
const temporary = mkdtempSync(path.join(os.tmpdir(), 'lateral-bench-'))
const session = new IndexSession(stderrLog('warn', { err: console.error }))
try {
  const directory = values.data ?? path.join(temporary, 'data')
  mkdirSync(directory, { recursive: true })
  makeSynthetic({ directory, nDocs, dim, nQueries: 1, seed: 1 })
  const model = { id: 'synthetic', fingerprint: 'synthetic', dim }
  session.open({
    directory: path.join(temporary, 'index'),
    kernelDirectory: path.join(root, 'server/dist'),
    models: { code: model, docs: model },
  })
  fill(openDataset(directory, dim))
  // As where the index has been searched: its tables are there.
  session.stats()
  const figures = { ...timed('retrain', () => session.upkeep().outcome === 'more') }
  session.applyFiles({ files: [], removed: pathsOf(10) })
  let isFirst = true
  Object.assign(
    figures,
    timed('collect', () => {
      const isDone = session.collect({ limitBytes: 0, restart: isFirst })
      isFirst = false
      return !isDone
    }),
  )
  report({ bench: 'upkeep', corpus: `${nDocs} synthetic documents of ${dim} dimensions`, figures })
} finally {
  session.close()
  rmSync(temporary, { recursive: true, force: true })
}

/** The codec is trained on the first twentieth. */
function fill(data: Dataset): void {
  for (let from = 0; from < nDocs; from += FILES_A_CALL) {
    const to = Math.min(nDocs, from + FILES_A_CALL)
    const files = Array.from({ length: to - from }, (_, i) => fileOf(from + i))
    session.applyFiles({ files, removed: [] })
    const bodies = session.missingDocs({ files }).filter(({ part }) => part === 'body')
    const keys = bodies.map(({ key }) => key)
    session.putVectors({ space: 'code', keys, rows: keys.map((_, i) => readDocs(data, from + i, from + i + 1)) })
    if (to >= nDocs / 20) session.train({ expectedTokens: data.starts[to]!, final: true })
    if (to % 10_000 === 0) session.commit()
  }
  session.commit()
}

/** Slices until `step` says that there are no more. CPU time is what other load on the machine does not touch. */
function timed(name: string, step: () => boolean): Record<string, number> {
  const ms: number[] = []
  const cpuMs: number[] = []
  for (let isMore = true; isMore; ) {
    const cpuBefore = process.cpuUsage()
    const startedMs = performance.now()
    isMore = step()
    ms.push(performance.now() - startedMs)
    const { user, system } = process.cpuUsage(cpuBefore)
    cpuMs.push((user + system) / 1000)
  }
  return {
    [`${name}_slices`]: ms.length,
    [`${name}_s`]: ms.reduce((sum, each) => sum + each, 0) / 1000,
    [`${name}_slice_p99_ms`]: percentile(ms, 0.99),
    [`${name}_slice_longest_ms`]: Math.max(...ms),
    [`${name}_slice_longest_cpu_ms`]: Math.max(...cpuMs),
  }
}

function pathsOf(step: number): string[] {
  return Array.from({ length: Math.ceil(nDocs / step) }, (_, i) => fileOf(i * step).path)
}
