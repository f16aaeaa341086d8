import { type Connection, TextDocumentSyncKind, TextDocuments } from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'

/** Where the text of open documents goes. */
export interface TextReceiver {
  setOpenText(uri: string, text: string | undefined): void
  saved(uri: string): void
}

/**
 * The editor's open documents. A changed text is handed on only when someone asks for it (`flush`), not at each
 * keystroke.
 */
export class OpenDocuments {
  static readonly syncKind = TextDocumentSyncKind.Incremental
  readonly #documents = new TextDocuments(TextDocument)
  readonly #changed = new Set<string>()

  constructor(
    connection: Connection,
    readonly receiver: TextReceiver,
  ) {
    this.#documents.onDidChangeContent(({ document }) => this.#changed.add(document.uri))
    this.#documents.onDidClose(({ document }) => {
      this.#changed.delete(document.uri)
      receiver.setOpenText(document.uri, undefined)
    })
    this.#documents.onDidSave(({ document }) => receiver.saved(document.uri))
    this.#documents.listen(connection)
  }

  /** Hands on every text that changed since the last call. O(changed documents). */
  flush(): void {
    for (const uri of this.#changed) this.receiver.setOpenText(uri, this.#documents.get(uri)?.getText())
    this.#changed.clear()
  }

  /** Marks all as changed: a folder that has just opened knows none of them. */
  touchAll(): void {
    for (const uri of this.#documents.keys()) this.#changed.add(uri)
  }

  /** One line's text without its line end; `undefined` where the document is not open. 0-based. */
  line(uri: string, line: number): string | undefined {
    const document = this.#documents.get(uri)
    if (!document || line >= document.lineCount) return undefined
    const text = document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } })
    return text.replace(/\r?\n$/, '')
  }
}
