import * as vscode from 'vscode'
import {
  ModelImportRequest,
  type ModelInstalledReply,
  ModelListRequest,
  ModelPlanRequest,
  ModelRemoveRequest,
  type NetworkParams,
} from '../../../server/src/contract/requests.ts'
import type { Context } from '../context.ts'
import { describeError } from '../notify.ts'
import { modelItems, planDetail } from '../ui/modelChoice.ts'
import { printable, withoutLinks } from '../ui/plainText.ts'
import { withProgress } from '../ui/progress.ts'

/** Shows what a model is and where it would come from; downloads it after a yes, and offers to use it. */
export const downloadModel = (context: Context) => async () => {
  const { models, directory } = await context.request(ModelListRequest, {})
  const chosen = await vscode.window.showQuickPick(modelItems(models, ['available']), {
    title: 'Download Model',
    placeHolder: 'Nothing is downloaded before you have seen what it is',
  })
  if (!chosen) return
  const { id } = chosen
  const network = networkOfEditor()
  const plan = await withProgress('asking what the model is', (token) =>
    context.request(ModelPlanRequest, { id, network }, token),
  )
  const options = { modal: true, detail: planDetail(plan, directory) }
  if ((await vscode.window.showInformationMessage(withoutLinks(`Download ${id}?`), options, 'Download')) !== 'Download')
    return
  const { revision } = plan
  const model = await withProgress(`downloading ${id}`, (token, onProgress) =>
    context.downloadModel({ id, revision, network }, token, onProgress),
  )
  await offer(model)
}

/** Installs a model from a folder or an archive, and offers to use it. */
export const importModel = (context: Context) => async () => {
  const picked = await vscode.window.showOpenDialog({
    title: 'Import Model: a folder, .zip, .tar or .tar.gz',
    openLabel: 'Import',
    canSelectFiles: true,
    canSelectFolders: true,
  })
  const source = picked?.[0]?.fsPath
  if (source === undefined) return
  await offer(
    await withProgress('importing a model', (token) => context.request(ModelImportRequest, { source }, token)),
  )
}

/** Chooses among the models that are here. */
export const selectModel = (context: Context) => async () => {
  const { models } = await context.request(ModelListRequest, {})
  const placeHolder = 'Text that was encoded by another model is encoded again'
  const items = modelItems(models, ['built-in', 'installed'])
  const chosen = await vscode.window.showQuickPick(items, { title: 'Select Model', placeHolder })
  if (chosen) await use(chosen.id)
}

/** Deletes an installed model; asks once more where something uses it. */
export const removeModel = (context: Context) => async () => {
  const { models } = await context.request(ModelListRequest, {})
  const items = modelItems(models, ['installed'])
  if (items.length === 0) return void vscode.window.showInformationMessage('Lateral: no model is installed.')
  const chosen = await vscode.window.showQuickPick(items, { title: 'Remove Model' })
  if (!chosen) return
  const { id } = chosen
  try {
    await context.request(ModelRemoveRequest, { id })
  } catch (error) {
    const { code, message } = describeError(error)
    if (code !== 'E_MODEL_IN_USE') throw error
    const options = { modal: true, detail: printable(message) }
    if ((await vscode.window.showWarningMessage(withoutLinks(`Remove ${id}?`), options, 'Remove')) !== 'Remove') return
    await context.request(ModelRemoveRequest, { id, force: true })
  }
}

async function offer({ id }: ModelInstalledReply): Promise<void> {
  const chosen = await vscode.window.showInformationMessage(withoutLinks(`Lateral: ${id} is installed.`), 'Use It')
  if (chosen) await use(id)
}

async function use(id: string): Promise<void> {
  const code = { label: 'Code', names: ['model.code'] }
  const docs = { label: 'Documentation', names: ['model.docs'] }
  const both = { label: 'Both', names: [...code.names, ...docs.names] }
  const chosen = await vscode.window.showQuickPick([both, code, docs], { title: `Use ${id}`, placeHolder: 'For what?' })
  const configuration = vscode.workspace.getConfiguration('lateral')
  for (const name of chosen?.names ?? []) await configuration.update(name, id, vscode.ConfigurationTarget.Global)
}

/** The editor's own proxy, which its other downloads use as well. */
function networkOfEditor(): NetworkParams {
  const http = vscode.workspace.getConfiguration('http')
  const proxy = http.get('proxySupport') === 'off' ? '' : http.get<string>('proxy', '')
  const noProxy = http.get<string[]>('noProxy', [])
  return { ...(proxy && { proxy }), ...(noProxy.length > 0 && { noProxy }) }
}
