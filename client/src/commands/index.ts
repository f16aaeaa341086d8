import * as vscode from 'vscode'
import {
  IndexBuildRequest,
  type IndexControlParams,
  IndexPauseRequest,
  IndexRebuildRequest,
  IndexResumeRequest,
  IndexStopRequest,
  type RequestDefinition,
  type StatusReply,
  StatusRequest,
} from '../../../server/src/contract/requests.ts'
import { CommandId } from '../commandIds.ts'
import type { Context } from '../context.ts'
import { folderLine, statusText } from '../ui/model.ts'
import { withoutIcons } from '../ui/plainText.ts'

/** Sends one control request for the given folder, or for all. Resolves once it is under way. */
const control =
  (definition: RequestDefinition<IndexControlParams, null>) =>
  (context: Context) =>
  async (params?: IndexControlParams): Promise<void> => {
    await context.request(definition, params?.folder === undefined ? {} : { folder: params.folder })
  }

export const buildIndex = control(IndexBuildRequest)
export const pauseIndex = control(IndexPauseRequest)
export const resumeIndex = control(IndexResumeRequest)
export const stopIndex = control(IndexStopRequest)

/** Throws the index away and builds it again; asks first, unless told not to. */
export const rebuildIndex =
  (context: Context) =>
  async (params?: IndexControlParams & { confirm?: boolean }): Promise<void> => {
    if (params?.confirm !== false) {
      const detail = 'All files are encoded again. Searching finds less until that is done.'
      const chosen = await vscode.window.showWarningMessage('Rebuild the index?', { modal: true, detail }, 'Rebuild')
      if (chosen !== 'Rebuild') return
    }
    await control(IndexRebuildRequest)(context)(params)
  }

/** Shows the state of each folder's index, with what can be done about it. `show: false` only returns it. */
export const indexStatus =
  (context: Context) =>
  async (options?: { show?: boolean }): Promise<StatusReply> => {
    const status = await context.request(StatusRequest, {})
    if (options?.show !== false) await showStatus(status)
    return status
  }

async function showStatus(status: StatusReply): Promise<void> {
  const { isIndexing, isPaused } = statusText(status)
  type Item = vscode.QuickPickItem & { command?: string }
  const action = (label: string, command: string): Item => ({ label, command })
  const items: Item[] = [
    ...status.folders.map((folder) => ({
      label: `$(database) ${withoutIcons(folderLine(folder))}`,
      ...(folder.notes && { detail: withoutIcons(folder.notes.join(' ')) }),
    })),
    { label: 'Actions', kind: vscode.QuickPickItemKind.Separator },
    ...(isIndexing ? [action('$(debug-pause) Pause Indexing', CommandId.indexPause)] : []),
    ...(isPaused ? [action('$(debug-continue) Resume Indexing', CommandId.indexResume)] : []),
    ...(isIndexing || isPaused ? [] : [action('$(refresh) Update Index', CommandId.indexBuild)]),
    action('$(trash) Rebuild Index…', CommandId.indexRebuild),
    action('$(output) Show Log', CommandId.showLog),
  ]
  const chosen = await vscode.window.showQuickPick(items, { title: 'Lateral: Index Status' })
  if (chosen?.command) await vscode.commands.executeCommand(chosen.command)
}
