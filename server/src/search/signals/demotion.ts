import { stem } from '../../base/stem.ts'
import { UNIT_KINDS } from '../../contract/units.ts'
import { SPACES } from '../../index/folderView.ts'
import { type Candidate, type RankContext, valuesOf } from '../candidates.ts'

/**
 * Factors, 0..1, for what people seldom look for: tests, examples, vendored, generated and compatibility code, and,
 * unless the query is about documents, prose and settings. A query that names such a place lifts its demotion, and so
 * does a query that is a name, from what has that name only there.
 */
export function demotion(candidates: readonly Candidate[], { table, query }: RankContext): Float32Array {
  const byFile = new Map<number, number>()
  const factors = valuesOf(candidates, ({ file, unit }) => {
    let factor = byFile.get(file)
    if (factor === undefined) {
      factor = placeFactor(table.filePath(file), query.stems)
      byFile.set(file, factor)
    }
    const isCode = table.space[unit] === CODE_SPACE && table.kind[unit] !== CONFIG_KIND
    return isCode || query.route === 'docs' ? factor : factor * NOT_CODE_FACTOR
  })
  if (query.route !== 'identifier') return factors
  const named = candidates.flatMap(({ unit }, i) => (query.spelled.has(table.name(unit)) ? [i] : []))
  const mildest = Math.max(...named.map((i) => factors[i]!))
  for (const i of named) factors[i]! /= mildest
  return factors
}

/** What the place of a file alone says. */
export function placeFactor(path: string, queryWords: ReadonlySet<string>): number {
  let factor = 1
  for (const { pattern, words, factor: own } of PLACES) {
    if (pattern.test(path) && !words.some((word) => queryWords.has(word))) factor *= own
  }
  return factor
}

/** Whether a path is that of a test, by the habits of its language. */
export function isTestPath(path: string): boolean {
  return TEST_PATH.test(path)
}

const CODE_SPACE = SPACES.indexOf('code')
const CONFIG_KIND = UNIT_KINDS.indexOf('config')
const NOT_CODE_FACTOR = 0.7

const TEST_PATH =
  /(?:^|\/)(?:tests?|__tests__|specs?|testing|e2e|androidTest)\/|[._-](?:test|spec)\.[^/.]+$|(?:^|\/)test_[^/]+\.py$|_test\.(?:go|py|rb|exs|cc|cpp)$|(?<=[a-z])Tests?\.(?:java|kt|cs|php|swift|scala)$|_spec\.rb$/

interface Place {
  pattern: RegExp
  factor: number
  /** Words of a query that lift it, stemmed. */
  words: string[]
}

const place = (factor: number, pattern: RegExp, words: string): Place => ({
  pattern,
  factor,
  words: words.split(' ').map(stem),
})

const PLACES: Place[] = [
  place(0.5, TEST_PATH, 'test spec mock fixture benchmark'),
  place(
    0.5,
    /(?:^|\/)_?(?:examples?|samples?|demos?|docs_src|benchmarks?|bench)\//,
    'example sample demo bench benchmark',
  ),
  place(0.5, /(?:^|\/)(?:vendor|third_party|thirdparty|external|deps|node_modules)\//, 'vendor external dependency'),
  place(0.5, /(?:^|\/)(?:compat|legacy|deprecated)(?:\/|\.[^/]+$)/, 'compat compatibility legacy deprecated'),
  place(0.7, /\.d\.ts$|(?:^|\/)generated\/|\.(?:pb|g|generated)\.[^/]+$/, 'generated type declaration'),
  place(0.7, /(?:^|\/)(?:__init__\.py|package-info\.java|index\.d\.ts)$/, 'init package'),
]
