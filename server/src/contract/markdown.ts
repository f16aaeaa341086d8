import { printable } from './printable.ts'

/** `text` as inline code of Markdown: nothing in it ends the code, is a link or a tag, or breaks the line. */
export function codeSpan(text: string): string {
  const shown = printable(text)
  const longest = Math.max(0, ...Array.from(shown.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  // A blank on both sides is taken off by readers, and keeps backticks apart from the fence.
  const pad = /^`|`$|^ .* $/.test(shown) ? ' ' : ''
  return shown === '' ? '' : `${fence}${pad}${shown}${pad}${fence}`
}

/** `text` as Markdown that says just this: every mark escaped, so that there are no links, tags, entities or tables. */
export function plainMarkdown(text: string): string {
  return printable(text).replace(/[!-/:-@[-`{-~]/g, '\\$&')
}
