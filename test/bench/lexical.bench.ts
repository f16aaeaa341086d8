import path from 'node:path'
import { parseArgs } from 'node:util'
import { bodyTerms, contentWords, contextTerms, stemmedWords } from '../../server/src/base/words.ts'
import { FolderView } from '../../server/src/index/folderView.ts'
import { LexicalStore } from '../../server/src/index/lexical/store.ts'
import { LexicalSearcher } from '../../server/src/search/lexical.ts'
import { root, unitsOf } from './corpus.ts'
import { percentile, report } from './report.ts'

/**
 * How long does the lexical side take on questions of common words? `--units N` (100,000): those of `--corpus DIR` (this
 * repository where absent), again and again, each time in another folder and with a word of its own. `common_N_ms`:
 * a question of the N commonest words there are; `questions_*_ms`: sentences with common words; `identifier_ms`: a name
 * that one unit has, in a question of common words. Medians over many runs, `worst`: the slowest question's.
 */
const { values } = parseArgs({
  options: {
    units: { type: 'string', default: '100000' },
    corpus: { type: 'string', default: root },
    json: { type: 'boolean' },
  },
})
const UNITS_A_FILE = 10
const QUESTIONS = [
  'return a new string from the value of the name',
  'where is the type of a function parameter checked',
  'read a file and return its text line by line',
  'function that sets the number of the index',
  'how does the test make the options of a query',
  'export the const that has the default path of the file',
  'set the length of the data to the number of units',
  'throw an error if the value of the key is undefined',
]
const nUnits = Number(values.units)
const corpus = path.resolve(values.corpus)
const units = await unitsOf(corpus)
const terms = units.map((unit) => bodyTerms(unit))

const view = new FolderView()
const lexical = new LexicalStore()
const keyOf = (n: number) => String(n).padStart(22, '0')
let nKeys = 0
let nAdded = 0
for (let copy = 0; nAdded < nUnits; copy++) {
  for (let from = 0; from < units.length && nAdded < nUnits; from += UNITS_A_FILE) {
    const own = units.slice(from, Math.min(from + UNITS_A_FILE, from + nUnits - nAdded))
    const file = `copy${copy}/part${from}.ts`
    const inputs = own.map((unit, i) => {
      const { terms: words, counts } = terms[from + i]!
      const bodyKey = keyOf(nKeys++)
      lexical.add(bodyKey, { terms: [...words, `=own${nAdded}`], counts: Uint8Array.of(...counts, 1) })
      const contextKey = keyOf(nKeys++)
      lexical.add(contextKey, contextTerms(file, unit.container))
      nAdded++
      return { ...unit, bodyKey, contextKey }
    })
    view.putFile(
      { path: file, sizeBytes: 1, mtimeMs: 0, contentHash: '', language: 'typescript', outcome: 'ok', units: inputs },
      (key) => lexical.docId(key)!,
    )
  }
}
lexical.seal()

const common = commonest()
const openStartedMs = performance.now()
const searcher = new LexicalSearcher(lexical, view)
const openMs = performance.now() - openStartedMs

const questions = QUESTIONS.map(median)
report({
  bench: 'lexical',
  corpus: path.basename(corpus),
  figures: {
    units: view.nLive,
    open_ms: openMs,
    common_1_ms: median(common[0]!),
    common_3_ms: median(common.slice(0, 3).join(' ')),
    common_5_ms: median(common.slice(0, 5).join(' ')),
    common_8_ms: median(common.slice(0, 8).join(' ')),
    questions_p50_ms: percentile(questions, 0.5),
    questions_worst_ms: Math.max(...questions),
    identifier_ms: median(`${common.slice(0, 5).join(' ')} own777`),
  },
})

/** Words that most units have, stop words aside. */
function commonest(): string[] {
  const counts = new Map<string, number>()
  for (const { text } of units)
    for (const word of new Set(text.match(/\b[a-z]{3,}\b/g) ?? [])) counts.set(word, (counts.get(word) ?? 0) + 1)
  const stems = new Set<string>()
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([word]) => word)
    .filter((word) => contentWords(`${word} zzz`).length === 2)
    .filter((word) => !stems.has(stemmedWords(word)[0]!) && stems.add(stemmedWords(word)[0]!))
    .slice(0, 8)
}

function median(question: string): number {
  const samples: number[] = []
  const endsMs = performance.now() + 400
  while (samples.length < 10 || performance.now() < endsMs) {
    const startedMs = performance.now()
    searcher.search(question, 200, view.live)
    samples.push(performance.now() - startedMs)
  }
  return percentile(samples, 0.5)
}
