import { parseArgs } from 'node:util'
import type { FolderView } from '../../server/src/index/folderView.ts'
import { UnitFilters } from '../../server/src/search/filters.ts'
import { parseQuery } from '../../server/src/search/query.ts'
import { syntheticView } from './filter/syntheticView.ts'
import { percentile, report } from './report.ts'

/**
 * How long do the filters of a query take before the search begins? `--units N` (100,000), in a tenth as many files.
 * Each figure is the slowest of its queries, by the median over many runs; nothing is known of a query when it comes,
 * but for `and_or_not_ms`, whose values were all met before.
 */
const { values } = parseArgs({ options: { units: { type: 'string', default: '100000' }, json: { type: 'boolean' } } })
const nUnits = Number(values.units)
const nFiles = Math.round(nUnits / 10)
const view = syntheticView({ nFiles, nUnits })

const SAMPLE_MS = 300

/** Milliseconds of `work`: the median of many runs. */
function median(work: () => unknown): number {
  const samples: number[] = []
  const endsMs = performance.now() + SAMPLE_MS
  while (samples.length < 20 || performance.now() < endsMs) {
    const startedMs = performance.now()
    work()
    samples.push(performance.now() - startedMs)
  }
  return percentile(samples, 0.5)
}

const filtersOf = (query: string) => parseQuery(query).filters
const slowest = (queries: string[]) =>
  Math.max(...queries.map((query) => median(() => new UnitFilters(view).resolve(filtersOf(query)))))

const sortStartedMs = performance.now()
void view.filesByPath
const sortMs = performance.now() - sortStartedMs

const known = new UnitFilters(view)
const combined = filtersOf(
  'dir:packages/p1,packages/p2,packages/p3 -dir:packages/p2/src/ui lang:ts,py,go -file:*.test.* kind:function,class -is:test',
)
known.resolve(combined)

report({
  bench: 'filter',
  corpus: 'made-up paths',
  figures: {
    files: view.nFiles,
    units: view.nLive,
    dir_ms: slowest(['dir:packages', 'dir:packages/p7', '-dir:packages/p7/src/api', 'dir:packages/p3/src/db/io']),
    glob_ms: slowest([
      'file:*.test.ts',
      'file:packages/*/src/**/*.{ts,go}',
      'dir:packages/*/src/api',
      '-file:**/ui/**',
    ]),
    lang_ms: slowest(['lang:ts', 'lang:python,go', '-lang:md']),
    kind_ms: slowest(['kind:function', '-kind:class,enum']),
    test_ms: slowest(['is:test', '-tests']),
    and_or_not_ms: median(() => known.resolve(combined)),
    sort_paths_ms: sortMs,
    dir_after_edit_ms: median(() => {
      editOneFile(view)
      return new UnitFilters(view).resolve(filtersOf('dir:packages/p7'))
    }),
  },
})

/** What saving a file does to the view. */
function editOneFile(view: FolderView): void {
  const path = view.filePath(view.filesByPath[view.nFiles >> 1]!)
  const units = view.unitsOfFile(view.fileOrdinal(path)!).map((unit) => view.unit(unit))
  view.putFile({ ...view.fileRow(path)!, units }, () => 0)
}
