import * as vscode from 'vscode'
import type { SearchParams, SearchReply, StatusReply, WireHit } from '../../../server/src/contract/requests.ts'
import { describeError, isWithdrawn } from '../notify.ts'
import { emptyNotice, indexNotice, Questions, type Row, toRow } from './model.ts'
import { withoutIcons } from './plainText.ts'
import { openHit, Preview } from './preview.ts'

const MIN_QUERY_LENGTH = 2
/** How long Enter waits for an answer that is under way before it takes what is there. */
const ACCEPT_WAIT_MS = 1000
/** While the index grows, the question is asked again this often. */
const ASK_AGAIN_MS = 500

export interface SearchPickOptions {
  query: string
  debounceMs: number
  hasPreview: boolean
  isMultiRoot: boolean
  recentQueries: string[]
  explain(query: string, hit: WireHit): Thenable<unknown>
  search(
    params: SearchParams,
    token: vscode.CancellationToken,
    onPartial: (hits: WireHit[]) => void,
  ): Promise<SearchReply>
  status(): StatusReply | undefined
  onDidChangeStatus: vscode.Event<StatusReply>
}

export interface PickOutcome {
  query: string
  reply: SearchReply
  /** The opened hit; absent where the whole list was sent to the side bar. */
  hit?: WireHit
}

type Item = vscode.QuickPickItem & { hit?: WireHit; query?: string }

/** Lets the user search as they type. Resolves with what they chose, or `undefined` when they left. */
export function pickBySearch(options: SearchPickOptions): Promise<PickOutcome | undefined> {
  return new Promise((resolve) => {
    new SearchPick(options, resolve).show()
  })
}

class SearchPick {
  readonly #pick = vscode.window.createQuickPick<Item>()
  readonly #questions = new Questions()
  readonly #preview: Preview | undefined
  #timer: NodeJS.Timeout | undefined
  #running: vscode.CancellationTokenSource | undefined
  #reply: SearchReply | undefined
  /** The user has moved away from the first hit of this query. */
  #hasMoved = false
  #acceptTimer: NodeJS.Timeout | undefined
  #askAgainTimer: NodeJS.Timeout | undefined
  readonly #statusListener: vscode.Disposable
  #outcome: PickOutcome | undefined

  constructor(
    readonly options: SearchPickOptions,
    readonly done: (outcome: PickOutcome | undefined) => void,
  ) {
    if (options.hasPreview) this.#preview = new Preview()
    const pick = this.#pick
    pick.title = 'Search Code by Meaning'
    pick.placeholder = 'Describe what the code does. Narrow with dir:src lang:ts kind:function "exact text"'
    pick.buttons = [IN_SIDE_BAR]
    pick.matchOnDescription = false
    pick.matchOnDetail = false
    pick.keepScrollPosition = true
    keepOrder(pick)
    pick.onDidChangeValue(() => this.#valueChanged())
    pick.onDidChangeActive(([item]) => this.#activeChanged(item))
    pick.onDidAccept(() => this.#accept())
    pick.onDidTriggerButton(() => this.#sendToSideBar())
    pick.onDidTriggerItemButton(({ item, button }) => this.#itemButton(item, button))
    pick.onDidHide(() => void this.#hidden())
    this.#statusListener = options.onDidChangeStatus(() => this.#askAgainSoon())
  }

  show(): void {
    const { query } = this.options
    this.#pick.value = query
    this.#pick.items = this.#recentItems()
    this.#pick.show()
    // Words given are a question already; a filter alone waits for words.
    if (query && !query.endsWith(' ')) this.#ask()
  }

  #valueChanged(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#stopWaiting()
    this.#hasMoved = false
    if (this.#query.length < MIN_QUERY_LENGTH) {
      this.#withdraw()
      this.#questions.takesAnswer(this.#questions.ask())
      this.#reply = undefined
      this.#pick.busy = false
      if (this.#query === '') this.#pick.items = this.#recentItems()
      return
    }
    this.#pick.busy = true
    this.#timer = setTimeout(() => this.#ask(), this.options.debounceMs)
  }

  get #query(): string {
    return this.#pick.value.trim()
  }

  #ask(): void {
    this.#timer = undefined
    this.#withdraw()
    const id = this.#questions.ask()
    const query = this.#query
    const running = new vscode.CancellationTokenSource()
    this.#running = running
    this.#pick.busy = true
    const onPartial = (hits: WireHit[]) => {
      if (hits.length > 0 && this.#questions.takesPartial(id)) this.#setItems(hits.map((hit) => this.#hitItem(hit)))
    }
    this.options.search({ query }, running.token, onPartial).then(
      (reply) => {
        if (this.#questions.takesAnswer(id)) this.#answered(query, reply)
      },
      (error) => {
        if (!isWithdrawn(error) && this.#questions.takesAnswer(id)) this.#failed(error)
      },
    )
  }

  /** An answer from part of the index fills up as the rest is indexed. */
  #askAgainSoon(): void {
    if (!this.#reply || this.#reply.indexedFraction >= 1) return
    this.#askAgainTimer ??= setTimeout(() => {
      this.#askAgainTimer = undefined
      if (this.#isWaiting) this.#askAgainSoon()
      else if (this.#query.length >= MIN_QUERY_LENGTH) this.#ask()
    }, ASK_AGAIN_MS)
  }

  #withdraw(): void {
    this.#running?.cancel()
    this.#running?.dispose()
    this.#running = undefined
  }

  #answered(query: string, reply: SearchReply): void {
    this.#reply = reply
    this.#pick.busy = false
    const notice = indexNotice(reply)
    const items = reply.hits.map((hit) => this.#hitItem(hit))
    if (items.length === 0)
      this.#setItems([noticeItem(emptyNotice(query, reply.indexedFraction, this.options.status()))])
    else
      this.#setItems(
        notice ? [noticeItem({ label: notice, description: '', detail: '', icon: 'sync' }), ...items] : items,
      )
    if (this.#acceptTimer) this.#acceptFirst()
    // The index may have become whole while this answer was on its way; no event would tell any more.
    if (this.options.status()?.folders.every(({ phase }) => phase === 'ready')) this.#askAgainSoon()
  }

  #failed(error: unknown): void {
    this.#pick.busy = false
    this.#stopWaiting()
    const { message, advice } = describeError(error)
    this.#setItems([noticeItem({ label: message, description: '', detail: advice, icon: 'error' })])
  }

  /** The active entry stays where the user put it; otherwise it is the first hit, never a notice above it. */
  #setItems(items: Item[]): void {
    const active = this.#hasMoved ? this.#pick.activeItems[0]?.hit : undefined
    this.#pick.items = items
    const same = active && items.find(({ hit }) => hit?.uri === active.uri && hit.startLine === active.startLine)
    const next = same ?? items.find(({ hit }) => hit)
    if (next) this.#pick.activeItems = [next]
  }

  #activeChanged(item: Item | undefined): void {
    if (!item?.hit) return
    if (item !== this.#pick.items.find(({ hit }) => hit)) this.#hasMoved = true
    // The first hit is shown only once the user moves: typing alone leaves the editor in peace.
    if (this.#hasMoved) this.#preview?.show(item.hit)
  }

  #accept(): void {
    const item = this.#pick.activeItems[0]
    if (item?.query !== undefined) {
      this.#pick.value = item.query
      this.#valueChanged()
    } else if (this.#isWaiting && !this.#hasMoved) {
      if (this.#timer) {
        clearTimeout(this.#timer)
        this.#ask()
      }
      this.#acceptTimer ??= setTimeout(() => this.#acceptFirst(), ACCEPT_WAIT_MS)
    } else if (item?.hit) this.#finish(item.hit)
  }

  get #isWaiting(): boolean {
    return this.#timer !== undefined || this.#questions.isWaiting
  }

  #acceptFirst(): void {
    this.#stopWaiting()
    const hit = this.#pick.items.find((item) => item.hit)?.hit
    if (hit) this.#finish(hit)
  }

  #stopWaiting(): void {
    clearTimeout(this.#acceptTimer)
    this.#acceptTimer = undefined
  }

  #finish(hit: WireHit): void {
    this.#outcome = { query: this.#query, reply: this.#reply ?? this.#shownReply(), hit }
    this.#pick.hide()
  }

  #sendToSideBar(): void {
    const reply = this.#reply ?? this.#shownReply()
    if (reply.hits.length === 0) return
    this.#outcome = { query: this.#query, reply }
    this.#pick.hide()
  }

  /** Partial hits, where the user was faster than the answer. */
  #shownReply(): SearchReply {
    return { hits: this.#pick.items.flatMap(({ hit }) => hit ?? []), elapsedMs: 0, indexedFraction: 1, complete: true }
  }

  #itemButton({ hit }: Item, button: vscode.QuickInputButton): void {
    if (!hit) return
    if (button === WHY) void this.options.explain(this.#query, hit)
    else void openHit(hit, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: false })
  }

  async #hidden(): Promise<void> {
    clearTimeout(this.#timer)
    clearTimeout(this.#askAgainTimer)
    this.#stopWaiting()
    this.#withdraw()
    this.#statusListener.dispose()
    this.#pick.dispose()
    if (!this.#outcome?.hit) await this.#preview?.restore()
    this.#preview?.dispose()
    this.done(this.#outcome)
  }

  #hitItem(hit: WireHit): Item {
    return { ...toItem(toRow(hit, this.options.isMultiRoot)), hit, buttons: [TO_SIDE, WHY] }
  }

  #recentItems(): Item[] {
    return this.options.recentQueries.map((query) => ({
      ...toItem({ label: query, description: '', detail: '', icon: 'history' }),
      query,
    }))
  }
}

function toItem({ label, description, detail, icon }: Row): vscode.QuickPickItem {
  return {
    label: `$(${icon}) ${withoutIcons(label)}`,
    ...(description && { description: withoutIcons(description) }),
    ...(detail && { detail: withoutIcons(detail) }),
    alwaysShow: true,
  }
}

const noticeItem = (row: Row): Item => toItem(row)

/** Our order is a ranking. The property is not in the public API yet, but the host has long had it. */
function keepOrder(pick: vscode.QuickPick<Item>): void {
  ;(pick as vscode.QuickPick<Item> & { sortByLabel?: boolean }).sortByLabel = false
}

const IN_SIDE_BAR: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('layout-sidebar-left'),
  tooltip: 'Open Results in Side Bar',
}
const TO_SIDE: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('split-horizontal'),
  tooltip: 'Open to the Side',
}
const WHY: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('question'),
  tooltip: 'Why This Result?',
}
