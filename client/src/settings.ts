import * as vscode from 'vscode'
import type { Settings } from '../../server/src/contract/settings.schema.ts'

const SECTION = 'lateral'

/** One setting as it stands for `scope`. Defaults come from the manifest, which is generated from the same schema. */
export function readSetting<Name extends keyof Settings>(name: Name, scope?: vscode.Uri): Settings[Name] {
  return vscode.workspace.getConfiguration(SECTION, scope).get<Settings[Name]>(name) as Settings[Name]
}

/** Sets them for the workspace, or for the one folder where there are several. */
export async function writeSettings(values: Partial<Settings>, scope: vscode.Uri): Promise<void> {
  const isMultiRoot = (vscode.workspace.workspaceFolders?.length ?? 0) > 1
  const target = isMultiRoot ? vscode.ConfigurationTarget.WorkspaceFolder : vscode.ConfigurationTarget.Workspace
  const configuration = vscode.workspace.getConfiguration(SECTION, scope)
  for (const [name, value] of Object.entries(values)) await configuration.update(name, value, target)
}

/** The server follows most settings as they change; these it reads when it starts. */
export function needsServerRestart(event: vscode.ConfigurationChangeEvent): boolean {
  return START_SETTINGS.some((name) => event.affectsConfiguration(`${SECTION}.${name}`))
}

const START_SETTINGS = ['index.location'] as const satisfies (keyof Settings)[]
