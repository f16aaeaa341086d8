/**
 * Cuts the endings that English words take in code and comments, so that `parse`, `parses`, `parsed`, `parsing` and
 * `parser` meet in one term. Lighter than Porter (1980): verbs, plurals and the nouns of doing only, and never more
 * than leaves three letters. Stems are terms, not words: nobody reads them. Words with anything but a-z are returned
 * as they are.
 */
export function stem(word: string): string {
  if (word.length < 4 || !ASCII_WORD.test(word)) return word
  // Twice: `filtering` -> `filter` -> `filt`, where `filter` itself arrives.
  return dropFinalE(cutVerb(cutVerb(cutPlural(word))))
}

function cutPlural(word: string): string {
  if (!word.endsWith('s') || /(?:ss|us|is)$/.test(word)) return word
  if (word.endsWith('ies')) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1)
  if (/(?:ss|x|ch|sh|zz)es$/.test(word)) return word.slice(0, -2)
  return word.slice(0, -1)
}

function cutVerb(word: string): string {
  const endings = ENDINGS_BY_LETTER[word.charCodeAt(word.length - 1) - LETTER_A]
  if (!endings) return word
  for (const [ending, replacement, least] of endings) {
    if (!word.endsWith(ending)) continue
    const rest = word.slice(0, -ending.length)
    // The replacement may hold the only vowel: `tri-ed` -> `tr` + `y`.
    if (rest.length < least || !VOWEL.test(rest + replacement)) continue
    return replacement === UNDOUBLE ? undouble(rest) : rest + replacement
  }
  return word
}

/** `stopp` -> `stop`, `mapp` -> `map`; `call`, `pass`, `buzz` keep theirs. */
function undouble(rest: string): string {
  const last = rest.charCodeAt(rest.length - 1)
  return rest.length > 3 && last === rest.charCodeAt(rest.length - 2) && !'lsz'.includes(rest.at(-1)!)
    ? rest.slice(0, -1)
    : rest
}

function dropFinalE(word: string): string {
  if (word.length > 4 && word.endsWith('y')) return `${word.slice(0, -1)}i`
  return word.length > 3 && word.endsWith('e') ? word.slice(0, -1) : word
}

const ASCII_WORD = /^[a-z]+$/
const VOWEL = /[aeiouy]/
const UNDOUBLE = '2'

/** Ending, what takes its place, least length of what stays before it. The first that fits decides. */
const ENDINGS: [string, string, number][] = [
  ['ization', 'iz', 3],
  ['isation', 'iz', 3],
  ['ation', '', 4],
  ['ator', '', 4],
  ['ating', '', 4],
  ['ated', '', 4],
  ['ate', '', 4],
  ['ising', 'iz', 3],
  ['ised', 'iz', 3],
  ['iser', 'iz', 3],
  ['ise', 'iz', 4],
  ['tion', 't', 3],
  ['sion', 's', 3],
  ['ying', 'y', 2],
  ['ied', 'y', 2],
  ['ier', 'y', 2],
  ['ing', UNDOUBLE, 3],
  ['ed', UNDOUBLE, 3],
  ['er', UNDOUBLE, 3],
  ['or', '', 4],
]

const LETTER_A = 97
/** Those that end in each letter, in the same order: most words end in a letter that no ending has. */
const ENDINGS_BY_LETTER = Array.from({ length: 26 }, (_, i) => {
  const letter = String.fromCharCode(LETTER_A + i)
  const endings = ENDINGS.filter(([ending]) => ending.endsWith(letter))
  return endings.length > 0 ? endings : undefined
})
