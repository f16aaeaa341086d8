import * as vscode from 'vscode'
import { filterText } from '../../../server/src/contract/queryTokens.ts'
import type { SearchReply } from '../../../server/src/contract/requests.ts'
import { CommandId } from '../commandIds.ts'
import type { Context } from '../context.ts'
import { readSetting } from '../settings.ts'
import { openHit } from '../ui/preview.ts'
import { type PickOutcome, pickBySearch } from '../ui/quickPick.ts'

export interface SearchArguments {
  query?: string
  limit?: number
  /** `false` answers with hits and shows nothing: for scripts and other extensions. */
  show?: boolean
}

/** Opens the search box, with `query` in it where one is given. Returns what was found. */
export const search =
  (context: Context) =>
  async (given?: SearchArguments | string): Promise<SearchReply | undefined> => {
    const { query = '', limit, show = true } = typeof given === 'string' ? { query: given } : (given ?? {})
    if (!show) return context.search({ query, ...(limit !== undefined && { limit }) })
    return searchInPick(context, query)
  }

/** Searches for the selected text of the active editor. */
export const searchSelection = (context: Context) => async (): Promise<SearchReply | undefined> => {
  const editor = vscode.window.activeTextEditor
  const text = editor?.document.getText(editor.selection) ?? ''
  return searchInPick(context, text.replace(/\s+/g, ' ').trim().slice(0, MAX_SELECTION))
}

/** Opens the search box with a filter for the folder; the user adds words. */
export const searchInFolder =
  (context: Context) =>
  async (uri?: vscode.Uri): Promise<SearchReply | undefined> => {
    const folder = uri && vscode.workspace.getWorkspaceFolder(uri)
    if (!uri || !folder || folder.uri.path === uri.path) return searchInPick(context, '')
    const relative = vscode.workspace.asRelativePath(uri, false)
    return searchInPick(context, `${filterText('dir', relative)} `)
  }

export async function searchInPick(context: Context, query: string): Promise<SearchReply | undefined> {
  const outcome = await pickBySearch({
    query,
    debounceMs: readSetting('search.debounceMs'),
    hasPreview: readSetting('search.preview'),
    isMultiRoot: context.isMultiRoot,
    recentQueries: context.recentQueries.all(),
    explain: (query, hit) => vscode.commands.executeCommand(CommandId.resultsExplain, { query, hit }),
    search: (params, token, onPartial) => context.search(params, token, onPartial),
    status: () => context.status,
    onDidChangeStatus: context.onDidChangeStatus,
  })
  if (outcome) await showOutcome(context, outcome)
  return outcome?.reply
}

async function showOutcome(context: Context, { query, reply, hit }: PickOutcome): Promise<void> {
  context.recentQueries.add(query)
  if (hit) await openHit(hit)
  await context.results.show(
    { title: `"${query}"`, query, reply, isMultiRoot: context.isMultiRoot, refresh: () => context.search({ query }) },
    { reveal: hit === undefined },
  )
}

/** More text than a model reads of a query only slows it down. */
const MAX_SELECTION = 1000
