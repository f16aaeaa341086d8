import * as vscode from 'vscode'
import type { Settings } from '../../server/src/contract/settings.schema.ts'

const SECTION = 'lateral'

/** One setting as it stands for `scope`. Defaults come from the manifest, which is generated from the same schema. */
export function readSetting<Name extends keyof Settings>(name: Name, scope?: vscode.Uri): Settings[Name] {
  return vscode.workspace.getConfiguration(SECTION, scope).get<Settings[Name]>(name) as Settings[Name]
}

/** The server follows most settings as they change; these it reads when it starts. */
export function needsServerRestart(event: vscode.ConfigurationChangeEvent): boolean {
  return START_SETTINGS.some((name) => event.affectsConfiguration(`${SECTION}.${name}`))
}

const START_SETTINGS = ['index.location'] as const satisfies (keyof Settings)[]
