import { type Hover, type HoverParams, MarkupKind } from 'vscode-languageserver/node'
import { codeSpan } from '../../contract/markdown.ts'
import { shortened } from '../../contract/printable.ts'
import type { SearchHit } from '../../contract/requests.ts'
import { toUri } from '../convert.ts'
import type { Session } from '../session.ts'

const MAX_RELATED = 3
const MAX_LABEL_LENGTH = 100

/**
 * Related code at the name of a declaration or heading, from vectors that are already stored. `null` anywhere else,
 * where the setting is off, and where nothing is related.
 */
export async function hover(session: Session, params: HoverParams, signal: AbortSignal): Promise<Hover | null> {
  const { textDocument, position } = params
  const found = session.folders.locate(textDocument.uri)
  const engineFolder = found?.folder.engineFolder
  if (!found || !engineFolder || !found.folder.settings['hover.enabled']) return null

  const text = session.documents.line(textDocument.uri, position.line)
  if (text === undefined) return null
  const line = position.line + 1
  session.documents.flush()
  const unit = await engineFolder.unitAt(found.path, line)
  if (!unit || unit.nameLine !== line) return null
  const range = nameRange(text, unit.name, position.character)
  if (!range) return null

  const { hits } = await engineFolder.related(found.path, line, { limit: MAX_RELATED, signal })
  if (hits.length === 0) return null
  const at = (character: number) => ({ line: position.line, character })
  return {
    contents: { kind: MarkupKind.Markdown, value: relatedMarkdown(hits) },
    range: { start: at(range.start), end: at(range.end) },
  }
}

/** Where `name` stands on the line around `character`: UTF-16 units, end exclusive. Unsaved edits may have moved it. */
export function nameRange(text: string, name: string, character: number): { start: number; end: number } | undefined {
  if (name === '') return undefined
  for (let start = text.indexOf(name); start >= 0; start = text.indexOf(name, start + 1)) {
    const end = start + name.length
    if (start <= character && character <= end) return { start, end }
  }
  return undefined
}

/** One line a hit, under a title. */
export function relatedMarkdown(hits: SearchHit[]): string {
  const lines = hits.map((hit) => {
    const label = hit.name || hit.snippet.replaceAll('\t', ' ') || hit.path
    // Some readers look for the end of a link's text without regard to long fences.
    const code = codeSpan(shortened(label, MAX_LABEL_LENGTH).replaceAll('`', "'"))
    const place = codeSpan(`${shortened(hit.path)}:${hit.startLine}`)
    return `- [${code}](${toUri(hit.absolutePath)}#L${hit.startLine}) — ${place}`
  })
  return `**Related code**\n\n${lines.join('\n')}`
}
