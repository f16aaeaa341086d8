import * as vscode from 'vscode'
import type { ProgressReport } from '../context.ts'
import { withoutLinks } from './plainText.ts'

/** Runs `work` under a notification with "Cancel"; `onProgress` takes what the server reports. */
export function withProgress<Result>(
  title: string,
  work: (token: vscode.CancellationToken, onProgress: (progress: ProgressReport) => void) => Promise<Result>,
): Thenable<Result> {
  const location = vscode.ProgressLocation.Notification
  const options = { location, title: `Lateral: ${title}`, cancellable: true }
  return vscode.window.withProgress(options, (progress, token) => {
    let shown = 0
    return work(token, ({ percentage = shown, message }) => {
      progress.report({
        increment: percentage - shown,
        ...(message !== undefined && { message: withoutLinks(message) }),
      })
      shown = percentage
    })
  })
}
