import { seededRandom } from '../../server/src/base/random.ts'

/** Files of `nUnits` functions of `nWords` words in all, each with words of its own; every third one has a comment. */
export function manyUnits(nUnits: number, nWords = 48): Record<string, string> {
  const random = seededRandom(5)
  const word = () => WORDS[Math.floor(random() * WORDS.length)]!
  const files: Record<string, string> = {}
  for (let from = 0; from < nUnits; from += PER_FILE) {
    const functions = Array.from({ length: Math.min(PER_FILE, nUnits - from) }, (_, i) => {
      const words = Array.from({ length: nWords }, word)
      const doc = i % 3 === 0 ? `// ${words.slice(2, 7).join(' ')}.\n` : ''
      const calls = Array.from({ length: Math.ceil((nWords - 2) / 6) }, (_, line) => {
        const names = words.slice(2 + 6 * line, 8 + 6 * line)
        return `\t${names.join('(')}${')'.repeat(names.length - 1)}\n`
      })
      return `${doc}func ${words[0]}_${words[1]}_${from + i}() {\n${calls.join('')}}\n`
    })
    files[`src/part${from / PER_FILE}.go`] = `package part\n\n${functions.join('\n')}`
  }
  return files
}

const PER_FILE = 100
const SYLLABLES = ['ba', 'ce', 'di', 'fo', 'gu', 'ka', 'le', 'mi', 'no', 'pu', 'ra', 'se', 'ti', 'vo', 'zu']
const WORDS = SYLLABLES.flatMap((a) => SYLLABLES.map((b) => `${a}${b}n`))
