import { marked, type Token, type Tokens } from 'marked'

/** Names that are links, commands, images, tags or the ends of code in Markdown. */
export const MARKDOWN = [
  '[label](command:workbench.action.quit)',
  '](command:workbench.action.quit)',
  '`](command:x) `',
  '``',
  '```js\ncode\n```',
  '![image](http://evil.example/x.png)',
  '<img src=x onerror=alert(1)>',
  '<script>',
  '&lt;b&gt;',
  '<http://evil.example>',
  'http://evil.example',
  'www.evil.example',
  'me@evil.example',
  '**bold** _italic_ ~~gone~~',
  '# heading',
  '| cell |',
  '$(sync~spin)',
  'ends with \\',
  '\\`](command:x)',
  '[ref]: command:x',
  ' ',
  '"title")',
]

/** The kinds of elements that a reader of VS Code's family sees, in their order: code, link, html, ... */
export function kindsIn(markdown: string): string[] {
  const kinds: string[] = []
  visit(markdown, ({ type }) => {
    if (type !== 'text' && type !== 'space') kinds.push(type)
  })
  return kinds
}

export function linksIn(markdown: string): string[] {
  const links: string[] = []
  visit(markdown, (token) => {
    if (token.type === 'link' || token.type === 'image') links.push((token as Tokens.Link).href)
  })
  return links
}

const visit = (markdown: string, see: (token: Token) => void) =>
  marked.walkTokens(marked.lexer(markdown, { gfm: true }), see)
