import * as vscode from 'vscode'
import type { TuneParams, TuneReply } from '../../../server/src/contract/requests.ts'
import type { Context } from '../context.ts'
import { writeSettings } from '../settings.ts'
import { withoutLinks } from '../ui/plainText.ts'
import { withProgress } from '../ui/progress.ts'
import { tuneItems, tuneTitle } from '../ui/tuneModel.ts'

export interface TuneArguments extends Omit<TuneParams, 'workDoneToken'> {
  /** `false` only measures and answers. */
  show?: boolean
}

/** Measures searches with more and less effort, then offers to use one of them in this workspace. */
export const tune =
  (context: Context) =>
  async ({ show = true, ...params }: TuneArguments = {}): Promise<TuneReply | undefined> => {
    if (!show) return context.tune(params, undefined, () => {})
    const folder = params.folder ?? (await chooseFolder())
    if (folder === undefined) return undefined
    const reply = await withProgress('measuring searches', (token, onProgress) =>
      context.tune({ ...params, folder }, token, onProgress),
    )
    if (reply.skipped) void vscode.window.showInformationMessage(withoutLinks(`Lateral: ${reply.skipped}`))
    else await offer(reply)
    return reply
  }

async function offer(reply: TuneReply): Promise<void> {
  const chosen = await vscode.window.showQuickPick(tuneItems(reply), {
    title: tuneTitle(reply),
    placeHolder: 'Choose the setting to use in this workspace',
    ignoreFocusOut: true,
  })
  if (!chosen) return
  const { nIvfProbe, nFullScores } = chosen.effort
  const values = { 'search.nIvfProbe': nIvfProbe, 'search.nFullScores': nFullScores }
  await writeSettings(values, vscode.Uri.parse(reply.uri))
}

/** The URI of the only folder, or of the one that the user picks. */
async function chooseFolder(): Promise<string | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? []
  if (folders.length < 2) return folders[0]?.uri.toString()
  return (await vscode.window.showWorkspaceFolderPick({ placeHolder: 'Tune search in which folder?' }))?.uri.toString()
}
