import * as vscode from 'vscode'
import type { Explanation } from '../../../server/src/contract/explain.ts'
import { explanationMarkdown } from './explanation.ts'

const SCHEME = 'lateral-explanation'

/** Explanations as documents that nobody can edit: one at a time, in the place of the one before. */
export class Explanations implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>()
  readonly onDidChange = this.#changed.event
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this)
  readonly #uri = vscode.Uri.from({ scheme: SCHEME, path: '/Why This Result.md' })
  #text = ''

  async show(query: string, explanation: Explanation): Promise<void> {
    this.#text = explanationMarkdown(query, explanation)
    this.#changed.fire(this.#uri)
    try {
      await vscode.commands.executeCommand('markdown.showPreviewToSide', this.#uri)
    } catch {
      // The extension that shows Markdown is off: its text can be read, too.
      const document = await vscode.workspace.openTextDocument(this.#uri)
      await vscode.window.showTextDocument(document, vscode.ViewColumn.Beside, true)
    }
  }

  provideTextDocumentContent(): string {
    return this.#text
  }

  dispose(): void {
    this.#registration.dispose()
    this.#changed.dispose()
  }
}
