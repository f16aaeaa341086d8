/**
 * A text whose lines all end with '\\n', without a byte order mark: files, editors and indexes count lines alike then.
 * O(text), and a look at it where nothing is to be done.
 */
export function normalText(text: string): string {
  const bare = text.startsWith('\uFEFF') ? text.slice(1) : text
  return bare.includes('\r') ? bare.replace(/\r\n?/g, '\n') : bare
}
