import * as vscode from 'vscode'
import { type RelatedParams, RelatedRequest, type SearchReply } from '../../../server/src/contract/requests.ts'
import type { Context } from '../context.ts'

export interface RelatedArguments {
  uri: string
  /** 0-based. */
  line: number
  limit?: number
  /** `false` answers with hits and shows nothing. */
  show?: boolean
}

/** Shows code like the declaration at a position, by default the cursor's, in the side bar. */
export const findRelated =
  (context: Context) =>
  async (given?: RelatedArguments | vscode.Uri): Promise<SearchReply | undefined> => {
    const target = isArguments(given) ? given : atCursor()
    if (!target) return undefined
    const { uri, line, limit = DEFAULT_LIMIT } = target
    const params: RelatedParams = { uri, line, limit }
    const reply = await context.request(RelatedRequest, params)
    if (target.show === false) return reply
    const name = vscode.workspace.asRelativePath(vscode.Uri.parse(uri))
    const refresh = () => context.request(RelatedRequest, params)
    const title = `Related to ${name}:${line + 1}`
    await context.results.show({ title, reply, isMultiRoot: context.isMultiRoot, refresh }, { reveal: true })
    return reply
  }

function atCursor(): RelatedArguments | undefined {
  const editor = vscode.window.activeTextEditor
  return editor && { uri: editor.document.uri.toString(), line: editor.selection.active.line }
}

/** A menu passes the URI of its file instead, which is the active editor's. */
function isArguments(given: RelatedArguments | vscode.Uri | undefined): given is RelatedArguments {
  return given !== undefined && 'line' in given
}

/** What is related at all is near the top. */
const DEFAULT_LIMIT = 20
