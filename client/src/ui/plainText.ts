import { printable, printableCode, shortened } from '../../../server/src/contract/printable.ts'

/** What rows, tooltips and notifications show: names of files and of code can have anything in them. */
export { printable, printableCode, shortened }

/** `text` where `$(name)` would be a product icon: quick picks and the status bar. */
export function withoutIcons(text: string): string {
  return printable(text).replace(/(?<!\\)\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/g, '\\$&')
}

/** `text` where `[label](target)` would be a link, which may run a command: notifications and messages of views. */
export function withoutLinks(text: string): string {
  return printable(text).replaceAll('](', '] (')
}
