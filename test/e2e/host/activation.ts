import assert from 'node:assert/strict'
import * as vscode from 'vscode'
import { CommandId } from '../../../client/src/commandIds.ts'
import { EXTENSION_ID, untilReady } from './support.ts'

describe('activation', () => {
  it('happens by itself once the window is up, and starts the first index', async () => {
    const extension = vscode.extensions.getExtension(EXTENSION_ID)
    assert.ok(extension)
    await extension.activate()
    await untilReady()
  })

  it('registers every command', async () => {
    const registered = await vscode.commands.getCommands(true)
    for (const id of Object.values(CommandId)) assert.ok(registered.includes(id), id)
  })

  it('takes the defaults of the settings from the manifest', () => {
    const settings = vscode.workspace.getConfiguration('lateral')
    assert.equal(settings.get('search.maxResults'), 50)
    assert.equal(settings.get('enabled'), true)
  })
})
