import type { WorkDoneProgressServerReporter } from 'vscode-languageserver/node'
import type { Disposable } from '../base/disposable.ts'
import { shortened } from '../contract/printable.ts'
import type { FolderState } from '../engine/types.ts'

/** Opens a progress display at the client; `undefined` where the client has none. */
export type ProgressStarter = () => Promise<WorkDoneProgressServerReporter> | undefined

/** A build that ends sooner than this shows no progress. */
const QUIET_MS = 500

/** Shows the building of one folder as work-done progress: a percentage that never falls, cancelled by `onCancel`. */
export class BuildProgress implements Disposable {
  #state: FolderState | undefined
  #timer: NodeJS.Timeout | undefined
  #reporter: WorkDoneProgressServerReporter | undefined
  #percentage = 0

  constructor(
    readonly name: string,
    readonly start: ProgressStarter,
    readonly onCancel: () => void,
  ) {}

  update(state: FolderState): void {
    this.#state = state
    if (!isBuilding(state)) this.#end()
    else if (this.#reporter) this.#report(state)
    else this.#timer ??= setTimeout(() => void this.#begin(), QUIET_MS)
  }

  dispose(): void {
    this.#state = undefined
    this.#end()
  }

  async #begin(): Promise<void> {
    const reporter = await this.start()
    if (!reporter) return
    this.#percentage = this.#state ? percentage(this.#state) : 0
    reporter.begin(`Lateral: indexing ${shortened(this.name)}`, this.#percentage, undefined, true)
    reporter.token.onCancellationRequested(() => this.onCancel())
    // The client may have taken so long to answer that there is nothing left to show.
    if (!this.#state || !isBuilding(this.#state)) return reporter.done()
    this.#reporter = reporter
    this.#report(this.#state)
  }

  #report(state: FolderState): void {
    this.#percentage = Math.max(this.#percentage, percentage(state))
    this.#reporter?.report(this.#percentage, progressMessage(state))
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#percentage = 0
    this.#reporter?.done()
    this.#reporter = undefined
  }
}

const percentage = (state: FolderState): number => Math.floor(state.fraction * 100)

function isBuilding(state: FolderState): boolean {
  return state.phase === 'scanning' || state.phase === 'indexing'
}

function progressMessage(state: FolderState): string {
  if (state.phase === 'scanning') return `${state.nFiles} files found`
  return state.etaSeconds === null ? '' : `${Math.ceil(state.etaSeconds)} s left`
}
