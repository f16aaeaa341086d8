import * as vscode from 'vscode'
import type { ErrorData } from '../../server/src/contract/requests.ts'
import { CommandId } from './commandIds.ts'
import { withoutLinks } from './ui/plainText.ts'

/** Tells of a failure of something the user started: what happened, what to do, and one button that helps. */
export async function showError(error: unknown): Promise<void> {
  const { message, advice, code } = describeError(error)
  const action = ACTIONS[code] ?? SHOW_LOG
  const chosen = await vscode.window.showErrorMessage(
    withoutLinks(`Lateral: ${message} ${advice}`.trim()),
    action.title,
  )
  if (chosen) await vscode.commands.executeCommand(action.command)
}

export function describeError(error: unknown): ErrorData & { message: string } {
  const message = error instanceof Error ? error.message : String(error)
  const data = (error as { data?: Partial<ErrorData> } | undefined)?.data
  return { message, code: data?.code ?? 'E_INTERNAL', advice: data?.advice ?? '' }
}

/** True where the request was withdrawn, by us or because the server is going away: nothing to tell. */
export function isWithdrawn(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code
  return code === REQUEST_CANCELLED || code === SERVER_CANCELLED || error instanceof vscode.CancellationError
}

const REQUEST_CANCELLED = -32800
const SERVER_CANCELLED = -32802

const SHOW_LOG = { title: 'Show Log', command: CommandId.showLog }
const REBUILD = { title: 'Rebuild Index', command: CommandId.indexRebuild }

const ACTIONS: Record<string, { title: string; command: string }> = {
  E_INDEX_CORRUPT: REBUILD,
  E_INDEX_FORMAT: REBUILD,
  E_MODEL_MISSING: { title: 'Select Model', command: CommandId.modelSelect },
  E_INDEX_MISSING: { title: 'Build Index', command: CommandId.indexBuild },
}
