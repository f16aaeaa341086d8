import * as vscode from 'vscode'
import type { StatusReply } from '../../../server/src/contract/requests.ts'
import { CommandId, ContextKey } from '../commandIds.ts'
import { type StatusText, statusText } from './model.ts'

/** The extension's one status bar item: hidden while all is well. */
export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('lateral.status', vscode.StatusBarAlignment.Left, 0)

  constructor() {
    this.#item.name = 'Lateral'
    this.#item.command = CommandId.indexStatus
  }

  show(status: StatusReply): void {
    const { text, tooltip, severity, isIndexing, isPaused } = statusText(status)
    this.#render(text, tooltip, severity)
    void vscode.commands.executeCommand('setContext', ContextKey.indexing, isIndexing)
    void vscode.commands.executeCommand('setContext', ContextKey.paused, isPaused)
  }

  /** The server has gone although a folder wants it. */
  showStopped(): void {
    this.#render('$(error) Lateral', 'The language server is not running. See the log.', 'error')
  }

  dispose(): void {
    this.#item.dispose()
  }

  #render(text: string, tooltip: string, severity: StatusText['severity']): void {
    this.#item.text = text
    this.#item.tooltip = tooltip
    this.#item.backgroundColor =
      severity === 'none' ? undefined : new vscode.ThemeColor(`statusBarItem.${severity}Background`)
    if (text) this.#item.show()
    else this.#item.hide()
  }
}
