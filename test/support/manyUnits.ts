import { seededRandom } from '../../server/src/base/random.ts'

/** Files of `nUnits` small functions in all, each with words of its own; every third one has a comment. */
export function manyUnits(nUnits: number): Record<string, string> {
  const random = seededRandom(5)
  const word = () => WORDS[Math.floor(random() * WORDS.length)]!
  const files: Record<string, string> = {}
  for (let from = 0; from < nUnits; from += PER_FILE) {
    const functions = Array.from({ length: Math.min(PER_FILE, nUnits - from) }, (_, i) => {
      const words = Array.from({ length: 8 }, word)
      const doc = i % 3 === 0 ? `// ${words.slice(2, 7).join(' ')}.\n` : ''
      return `${doc}func ${words[0]}_${words[1]}_${from + i}() {\n\t${words.slice(2).join('(')}${')'.repeat(5)}\n}\n`
    })
    files[`src/part${from / PER_FILE}.go`] = `package part\n\n${functions.join('\n')}`
  }
  return files
}

const PER_FILE = 100
const SYLLABLES = ['ba', 'ce', 'di', 'fo', 'gu', 'ka', 'le', 'mi', 'no', 'pu', 'ra', 'se', 'ti', 'vo', 'zu']
const WORDS = SYLLABLES.flatMap((a) => SYLLABLES.map((b) => `${a}${b}n`))
