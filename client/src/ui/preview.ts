import * as vscode from 'vscode'
import type { WireHit } from '../../../server/src/contract/requests.ts'

const DELAY_MS = 90

/** Shows files while the user moves through a list, and puts the editor back as it was on `restore`. */
export class Preview implements vscode.Disposable {
  readonly #before = vscode.window.activeTextEditor
  readonly #selection = this.#before?.selection
  readonly #visible = this.#before?.visibleRanges[0]
  readonly #wasPreview = vscode.window.tabGroups.activeTabGroup.activeTab?.isPreview ?? false
  readonly #openBefore = new Set(textTabs().map(({ uri }) => uri))
  readonly #decoration = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
  })
  #timer: NodeJS.Timeout | undefined
  #shown = false
  #disposed = false

  /** Shows `hit` soon, unless another one follows: a held arrow key opens one file only. */
  show(hit: WireHit): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#open(hit), DELAY_MS)
  }

  /** The editor, selection and scroll position from before the first preview; no tab stays that was not there. */
  async restore(): Promise<void> {
    clearTimeout(this.#timer)
    if (!this.#shown) return
    if (this.#before) {
      const { document, viewColumn } = this.#before
      const editor = await vscode.window.showTextDocument(document, {
        ...(viewColumn !== undefined && { viewColumn }),
        ...(this.#selection && { selection: this.#selection }),
        preview: this.#wasPreview,
      })
      if (this.#visible) editor.revealRange(this.#visible, vscode.TextEditorRevealType.AtTop)
    }
    const left = textTabs().filter(({ tab, uri }) => tab.isPreview && !this.#openBefore.has(uri))
    await vscode.window.tabGroups.close(left.map(({ tab }) => tab))
  }

  dispose(): void {
    this.#disposed = true
    clearTimeout(this.#timer)
    this.#decoration.dispose()
  }

  async #open(hit: WireHit): Promise<void> {
    try {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(hit.uri))
      if (this.#disposed) return
      const editor = await vscode.window.showTextDocument(document, { preview: true, preserveFocus: true })
      this.#shown = true
      const range = unitRange(hit, document)
      editor.setDecorations(this.#decoration, [range])
      editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport)
    } catch {
      // The file has gone since it was found; the list stays usable.
    }
  }
}

/** Opens a hit at its first line, with the cursor there. */
export async function openHit(hit: WireHit, options?: vscode.TextDocumentShowOptions): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(hit.uri))
  const { start } = unitRange(hit, document)
  const editor = await vscode.window.showTextDocument(document, {
    ...options,
    selection: new vscode.Range(start, start),
  })
  editor.revealRange(new vscode.Range(start, start), vscode.TextEditorRevealType.InCenterIfOutsideViewport)
}

function textTabs(): { tab: vscode.Tab; uri: string }[] {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .flatMap((tab) => (tab.input instanceof vscode.TabInputText ? { tab, uri: tab.input.uri.toString() } : []))
}

/** The lines of a hit, within a document that may have become shorter. */
function unitRange(hit: WireHit, document: vscode.TextDocument): vscode.Range {
  const line = (wanted: number) => Math.min(Math.max(0, wanted - 1), document.lineCount - 1)
  const last = line(hit.endLine)
  return new vscode.Range(line(hit.startLine), 0, last, document.lineAt(last).text.length)
}
