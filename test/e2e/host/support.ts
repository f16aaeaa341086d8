import assert from 'node:assert/strict'
import path from 'node:path'
import * as vscode from 'vscode'
import type { SearchReply, StatusReply } from '../../../server/src/contract/requests.ts'

export const EXTENSION_ID = 'lateral.lateral'

export const search = (query: string): Thenable<SearchReply> =>
  vscode.commands.executeCommand('lateral.search', { query, show: false })

export const names = async (query: string): Promise<string[]> => (await search(query)).hits.map((hit) => hit.name)

export const status = (): Thenable<StatusReply> =>
  vscode.commands.executeCommand('lateral.index.status', { show: false })

export function fileUri(relative: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]
  assert.ok(folder, 'the fixture workspace is open')
  return vscode.Uri.file(path.join(folder.uri.fsPath, relative))
}

export async function untilReady(): Promise<void> {
  await until('the index', 15_000, async () => (await status()).folders.every(({ phase }) => phase === 'ready'))
}

/** Asks `probe` again and again until it holds. */
export async function until(what: string, timeoutMs: number, probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await probe())) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
