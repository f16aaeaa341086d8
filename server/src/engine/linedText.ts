/** A text by its lines (1-based), which are cut out only where they are wanted: mostly a few of many. */
export class LinedText {
  /** Where each line begins, as far as was looked. */
  readonly #starts = [0]

  constructor(readonly text: string) {}

  /** `line`, or the last line where the text ends before. */
  upTo(line: number): number {
    const starts = this.#starts
    while (starts.length <= line) {
      const end = this.text.indexOf('\n', starts.at(-1))
      if (end < 0) break
      starts.push(end + 1)
    }
    return Math.min(line, starts.length)
  }

  /** From line `first` to line `last`, which are there, the end of the last one left out but for a `\r`. */
  between(first: number, last: number): string {
    const end = this.upTo(last + 1) > last ? this.#starts[last]! - 1 : this.text.length
    return this.text.slice(this.#starts[first - 1], end)
  }

  /** All of them, without their ends: `\n` or `\r\n`. */
  lines(): string[] {
    // A single character to split at takes a fraction of the time of an expression.
    return this.text.split(this.text.includes('\r') ? /\r?\n/ : '\n')
  }
}
