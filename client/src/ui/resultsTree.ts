import * as vscode from 'vscode'
import type { SearchReply, WireHit } from '../../../server/src/contract/requests.ts'
import { CommandId, ContextKey, RESULTS_VIEW } from '../commandIds.ts'
import {
  type FileGroup,
  groupByFile,
  hitLabel,
  hitPlace,
  kindIcon,
  lineRange,
  resultsMessage,
  resultsText,
} from './model.ts'
import { printable, printableCode } from './plainText.ts'

export type ResultNode = { type: 'file'; group: FileGroup } | { type: 'hit'; hit: WireHit; isListed: boolean }

export interface Results {
  /** What was asked, for people: `"retry with backoff"`, or `related to load`. */
  title: string
  /** What was searched for; absent where the hits are of no search. */
  query?: string
  reply: SearchReply
  isMultiRoot: boolean
  /** Asks again. */
  refresh(): Promise<SearchReply>
}

/** The view of the last results: files with their hits, or one ranked list. */
export class ResultsTree implements vscode.TreeDataProvider<ResultNode>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>()
  readonly onDidChangeTreeData = this.#changed.event
  readonly #view = vscode.window.createTreeView<ResultNode>(RESULTS_VIEW, {
    treeDataProvider: this,
    showCollapseAll: true,
  })
  #results: Results | undefined
  #roots: ResultNode[] = []
  #asList = false

  get current(): Results | undefined {
    return this.#results
  }

  /** Replaces what is shown; `reveal` also brings the view to the front. */
  async show(results: Results | undefined, options: { reveal?: boolean } = {}): Promise<void> {
    this.#results = results
    this.#render()
    await setContext(ContextKey.hasResults, results !== undefined)
    if (!results || !options.reveal) return
    const first = this.#roots[0]
    if (first) await this.#view.reveal(first, { focus: true, select: false })
    else await vscode.commands.executeCommand(`${RESULTS_VIEW}.focus`)
  }

  async refresh(): Promise<SearchReply | undefined> {
    const results = this.#results
    if (!results) return undefined
    const reply = await results.refresh()
    if (this.#results === results) await this.show({ ...results, reply })
    return reply
  }

  async setAsList(asList: boolean): Promise<void> {
    this.#asList = asList
    this.#render()
    await setContext(ContextKey.resultsAsList, asList)
  }

  /** The results as text. */
  text(): string {
    return this.#results ? resultsText(this.#results.reply.hits, this.#results.isMultiRoot) : ''
  }

  getTreeItem(node: ResultNode): vscode.TreeItem {
    if (node.type === 'file') return fileItem(node.group)
    return hitItem(node.hit, node.isListed, this.#results?.query !== undefined)
  }

  getChildren(node?: ResultNode): ResultNode[] {
    if (!node) return this.#roots
    return node.type === 'file' ? node.group.hits.map((hit) => ({ type: 'hit', hit, isListed: false })) : []
  }

  /** Only roots are ever revealed. */
  getParent(): undefined {
    return undefined
  }

  /** Tooltips are made for the one item under the pointer. */
  resolveTreeItem(item: vscode.TreeItem, node: ResultNode): vscode.TreeItem {
    if (node.type === 'hit') {
      const tooltip = new vscode.MarkdownString().appendText(`${printable(node.hit.path)}:${lineRange(node.hit)}\n`)
      const { snippet, language } = node.hit
      item.tooltip = snippet ? tooltip.appendCodeblock(printableCode(snippet), language) : tooltip
    }
    return item
  }

  dispose(): void {
    this.#view.dispose()
    this.#changed.dispose()
  }

  #render(): void {
    const results = this.#results
    if (results) {
      const { hits, indexedFraction } = results.reply
      this.#view.message = resultsMessage(results.title, hits, indexedFraction)
      this.#roots = this.#asList
        ? hits.map((hit) => ({ type: 'hit', hit, isListed: true }))
        : groupByFile(hits, results.isMultiRoot).map((group) => ({ type: 'file', group }))
    } else {
      // `message` can be emptied but not unset; an empty one leaves no gap.
      this.#view.message = ''
      this.#roots = []
    }
    this.#changed.fire()
  }
}

function fileItem(group: FileGroup): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.Uri.parse(group.uri), vscode.TreeItemCollapsibleState.Expanded)
  item.label = group.fileName
  item.description = group.directory
  item.iconPath = vscode.ThemeIcon.File
  item.contextValue = 'file'
  item.accessibilityInformation = { label: `${group.fileName}, ${group.directory}, ${group.hits.length} results` }
  return item
}

function hitItem(hit: WireHit, isListed: boolean, isSearched: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(hitLabel(hit))
  item.description = hitPlace(hit, isListed)
  item.iconPath = new vscode.ThemeIcon(kindIcon(hit.kind))
  item.contextValue = isSearched ? 'searchedHit' : 'hit'
  item.command = { command: CommandId.resultsOpen, title: 'Open', arguments: [hit] }
  item.accessibilityInformation = { label: `${hit.kind} ${hitLabel(hit)}, line ${hit.startLine}` }
  return item
}

function setContext(key: string, value: boolean): Thenable<void> {
  return vscode.commands.executeCommand('setContext', key, value)
}
