/**
 * Factor for places that people seldom look for: tests, examples, vendored, generated and compatibility code. A query
 * that names such a place lifts its demotion.
 */
export function demotion(path: string, queryWords: ReadonlySet<string>): number {
  let factor = 1
  for (const { pattern, words, weight } of PLACES) {
    if (pattern.test(path) && !words.some((word) => queryWords.has(word))) factor *= weight
  }
  return factor
}

/** Whether a path is that of a test, by the habits of its language. */
export function isTestPath(path: string): boolean {
  return TEST_PATH.test(path)
}

const TEST_PATH =
  /(?:^|\/)(?:tests?|__tests__|specs?|testing|e2e|androidTest|src\/test)\/|[._-](?:test|spec)\.[^/.]+$|(?:^|\/)test_[^/]+\.py$|_test\.(?:go|py|rb|exs|cc|cpp)$|(?<=[a-z])Tests?\.(?:java|kt|cs|php|swift|scala)$|_spec\.rb$/

const PLACES: { pattern: RegExp; words: string[]; weight: number }[] = [
  { pattern: TEST_PATH, words: ['test', 'spec', 'mock', 'fixture', 'benchmark'], weight: 0.5 },
  {
    pattern: /(?:^|\/)(?:examples?|samples?|demos?|docs_src|benchmarks?|bench)\//,
    words: ['exampl', 'example', 'sampl', 'sample', 'demo', 'bench', 'benchmark'],
    weight: 0.5,
  },
  {
    pattern: /(?:^|\/)(?:vendor|third_party|thirdparty|external|deps|node_modules)\//,
    words: ['vendor', 'external'],
    weight: 0.5,
  },
  {
    pattern: /(?:^|\/)(?:compat|legacy|deprecated)(?:\/|\.[^/]+$)/,
    words: ['compat', 'legaci', 'legacy', 'deprec'],
    weight: 0.5,
  },
  {
    pattern: /\.d\.ts$|(?:^|\/)generated\/|\.(?:pb|g|generated)\.[^/]+$/,
    words: ['generat', 'type', 'declar'],
    weight: 0.7,
  },
  { pattern: /(?:^|\/)(?:__init__\.py|package-info\.java|index\.d\.ts)$/, words: ['init', 'packag'], weight: 0.7 },
]
