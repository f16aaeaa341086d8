import * as vscode from 'vscode'
import { CommandId } from '../commandIds.ts'

const TITLE = '**Related code**'

/** Adds to the server's hover what only an editor can have: a link to all related code. */
export function withCommandLinks(hover: vscode.Hover, uri: vscode.Uri, position: vscode.Position): vscode.Hover {
  const contents = hover.contents.map((content) => {
    const markdown = typeof content === 'string' ? content : content.value
    const target = encodeURIComponent(JSON.stringify([{ uri: uri.toString(), line: position.line }]))
    const linked = new vscode.MarkdownString(
      markdown.replace(
        TITLE,
        `${TITLE} · [Show all](command:${CommandId.findRelated}?${target} "Show in the side bar")`,
      ),
    )
    linked.isTrusted = { enabledCommands: [CommandId.findRelated] }
    return linked
  })
  return new vscode.Hover(contents, hover.range)
}
