import type { Space } from '../contract/units.ts'
import type { SessionStats } from '../ingest/indexPort.ts'
import type { BuildProgress, FolderState } from './types.ts'

/** The state of one folder, and those who watch it. The fraction never falls while one build runs. */
export class FolderStates {
  readonly #listeners = new Set<(state: FolderState) => void>()
  #state: FolderState
  #fullBuildRuns = false

  constructor(folder: string, models: { space: Space; id: string }[], stats: SessionStats) {
    this.#state = {
      folder,
      phase: 'ready',
      nFiles: 0,
      nUnits: 0,
      nPendingFiles: 0,
      fraction: 1,
      tokensPerSecond: 0,
      etaSeconds: null,
      nTokens: 0,
      sizeBytes: 0,
      models,
    }
    this.setStats(stats)
  }

  get current(): FolderState {
    return this.#state
  }

  onDidChange(listener: (state: FolderState) => void): { dispose(): void } {
    this.#listeners.add(listener)
    return { dispose: () => this.#listeners.delete(listener) }
  }

  update(change: Partial<FolderState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener(this.#state)
  }

  setStats({ nFiles, nUnits, nPendingFiles, nTokens, sizeBytes }: SessionStats): void {
    const fraction = nFiles === 0 ? (this.#fullBuildRuns ? 0 : 1) : 1 - nPendingFiles / nFiles
    const own = this.#fullBuildRuns ? Math.max(this.#state.fraction, fraction) : fraction
    this.update({ nFiles, nUnits, nPendingFiles, nTokens, sizeBytes, fraction: own })
  }

  begin(phase: 'indexing' | 'updating'): void {
    if (phase === 'updating' && this.#fullBuildRuns) return
    const { error: _, ...rest } = this.#state
    this.#state = { ...rest, phase: phase === 'indexing' ? 'scanning' : 'updating' }
    if (phase === 'indexing') {
      this.#fullBuildRuns = true
      this.#state.fraction = Math.min(this.#state.fraction, this.#state.nFiles === 0 ? 0 : this.#state.fraction)
    }
    this.update({})
  }

  progress(phase: 'indexing' | 'updating', progress: BuildProgress): void {
    if (phase === 'updating' || this.#state.phase === 'paused') return
    if (progress.phase === 'scanning' || progress.phase === 'chunking') {
      this.update({ phase: 'scanning', nFiles: Math.max(this.#state.nFiles, progress.nFiles) })
      return
    }
    const { nUnits, nUnitsDone, tokensPerSecond, etaSeconds } = progress
    const fraction = nUnits > 0 ? nUnitsDone / nUnits : 1
    this.update({ phase: 'indexing', fraction, tokensPerSecond, etaSeconds })
  }

  end(phase: 'indexing' | 'updating'): void {
    if (phase === 'updating' && this.#fullBuildRuns) return
    this.#fullBuildRuns = false
    this.update({ phase: 'ready', tokensPerSecond: 0, etaSeconds: null })
  }

  fail(error: { code: string; message: string; advice: string }): void {
    this.#fullBuildRuns = false
    this.update({ phase: 'error', error })
  }
}
