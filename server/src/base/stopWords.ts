/** Words of a question that say nothing about the code sought. Only queries drop them; the index keeps every word. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word)
}

const STOP_WORDS = new Set(
  `a about after all also an and any are as at be because been before being between both but by can could did do does
   doing done don for from further get gets getting had has have having he her here his how i if in into is isn it its
   itself just let like ll me more most my no not now of off on once only or other our out over own re s same shall she
   should so some such t than that the their them then there these they this those through to too under until up us
   use used uses using ve very was way we were what when where whether which while who whom why will with within without
   would you your code find show tell explain`
    .trim()
    .split(/\s+/),
)
