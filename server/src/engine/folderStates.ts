import type { Space } from '../contract/units.ts'
import type { SessionStats } from '../ingest/indexPort.ts'
import type { BuildProgress, FolderState } from './types.ts'

/**
 * The state of one folder, and those who watch it. The fraction is the share of files whose units are searchable; it
 * falls when a build finds changes, and never while it encodes them.
 */
export class FolderStates {
  readonly #listeners = new Set<(state: FolderState) => void>()
  #state: FolderState
  #fullBuildRuns = false
  /** Share of files that were searchable when the full build began to encode; undefined until it does. */
  #encodesFrom: number | undefined
  #phase: FolderState['phase'] = 'ready'
  #isPaused = false
  #isUpgrading = false

  /** `notes` is asked with every change: what runs a model is known once it has been started. */
  constructor(
    folder: string,
    models: { space: Space; id: string }[],
    stats: SessionStats,
    private readonly notes: () => string[] = () => [],
  ) {
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
      unusedBytes: 0,
      kernel: stats.kernel,
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

  /** What an upgrade is at; undefined once it does not run any more. */
  setUpgrading(progress: Pick<BuildProgress, 'nUnits' | 'nUnitsDone' | 'etaSeconds'> | undefined): void {
    this.#isUpgrading = progress !== undefined
    const { upgrade } = this.#state
    if (progress) {
      const { nUnits, nUnitsDone, etaSeconds } = progress
      this.#update({ upgrade: { nUnits, nUnitsDone, etaSeconds } })
    } else this.#update(upgrade ? { upgrade: { ...upgrade, etaSeconds: null } } : {})
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#update({})
  }

  #update(change: Partial<FolderState>): void {
    if (change.phase) this.#phase = change.phase
    const stands = this.#isPaused ? { phase: 'paused' as const, tokensPerSecond: 0, etaSeconds: null } : {}
    const { notes: _, ...state } = this.#state
    const notes = [...this.notes(), ...complexityNotes(state)]
    const noted = notes.length > 0 ? { notes } : {}
    const phase = this.#phase === 'ready' ? this.#readyPhase() : this.#phase
    this.#state = { ...state, ...change, phase, ...stands, ...noted }
    for (const listener of this.#listeners) listener(this.#state)
  }

  #readyPhase(): FolderState['phase'] {
    if (this.#state.writer !== undefined) return 'following'
    return this.#isUpgrading ? 'upgrading' : 'ready'
  }

  setStats(stats: SessionStats): void {
    const { nFiles, nUnits, nPendingFiles, nTokens, sizeBytes, unusedBytes, nUnitsUpgraded, skipped } = stats
    const { isBuilt } = stats
    // Once that has ended, nothing is up to date before this process has taken over.
    const writer = stats.writer ?? (stats.isWriter ? undefined : this.#state.writer)
    const { writer: _, ...own } = this.#state
    this.#state = writer === undefined ? own : { ...own, writer }
    if (nUnitsUpgraded === undefined) {
      const { upgrade: _, ...rest } = this.#state
      this.#state = rest
    } else if (!this.#isUpgrading) {
      // While it runs its own progress is told, which is ahead of what can be searched.
      this.#state = { ...this.#state, upgrade: { nUnits, nUnitsDone: nUnitsUpgraded, etaSeconds: null } }
    }
    if (stats.tooComplex) this.#state = { ...this.#state, tooComplex: stats.tooComplex }
    else {
      const { tooComplex: _, ...rest } = this.#state
      this.#state = rest
    }
    // Before the end of the first build nobody knows what it will still find.
    const most = isBuilt ? 1 : nFiles === 0 ? 0 : MAX_UNBUILT_FRACTION
    const share = nFiles === 0 ? (this.#fullBuildRuns ? 0 : most) : Math.min(most, 1 - nPendingFiles / nFiles)
    const fraction = this.#encodesFrom === undefined ? share : Math.max(this.#state.fraction, share)
    const known = { nFiles, nUnits, nPendingFiles, nTokens, sizeBytes, unusedBytes, ...(skipped && { skipped }) }
    this.#update({ ...known, fraction })
  }

  begin(phase: 'indexing' | 'updating'): void {
    if (phase === 'updating' && this.#fullBuildRuns) return
    const { error: _, ...rest } = this.#state
    this.#state = rest
    if (phase === 'indexing') {
      this.#fullBuildRuns = true
      this.#encodesFrom = undefined
    }
    const fraction = phase === 'indexing' && rest.nFiles === 0 ? 0 : rest.fraction
    this.#update({ phase: phase === 'indexing' ? 'scanning' : 'updating', fraction })
  }

  progress(phase: 'indexing' | 'updating', progress: BuildProgress): void {
    if (phase === 'updating') return
    if (progress.phase === 'scanning' || progress.phase === 'chunking') {
      this.#update({ phase: 'scanning', nFiles: Math.max(this.#state.nFiles, progress.nFiles) })
      return
    }
    const { nFiles, nUnits, nUnitsDone, tokensPerSecond, etaSeconds } = progress
    const isFirst = this.#encodesFrom === undefined
    // While files are encoded, `nFiles` counts those that wait for it.
    this.#encodesFrom ??= 1 - nFiles / Math.max(1, nFiles, this.#state.nFiles)
    const own = this.#encodesFrom + (1 - this.#encodesFrom) * (nUnits > 0 ? nUnitsDone / nUnits : 1)
    const fraction = isFirst ? own : Math.max(own, this.#state.fraction)
    this.#update({ phase: 'indexing', fraction, tokensPerSecond, etaSeconds })
  }

  end(phase: 'indexing' | 'updating'): void {
    if (phase === 'updating' && this.#fullBuildRuns) return
    this.#stop()
    this.#update({ phase: 'ready', tokensPerSecond: 0, etaSeconds: null })
  }

  fail(phase: 'indexing' | 'updating', error: { code: string; message: string; advice: string }): void {
    if (phase === 'updating' && this.#fullBuildRuns) return
    this.#stop()
    this.#update({ phase: 'error', tokensPerSecond: 0, etaSeconds: null, error })
  }

  #stop(): void {
    this.#fullBuildRuns = false
    this.#encodesFrom = undefined
  }
}

function complexityNotes({ tooComplex }: Pick<FolderState, 'tooComplex'>): string[] {
  if (!tooComplex) return []
  const { nFiles, paths } = tooComplex
  const named = paths.slice(0, NAMED_IN_NOTE).join(', ')
  const more = nFiles > NAMED_IN_NOTE ? ` and ${nFiles - NAMED_IN_NOTE} more` : ''
  const [subject, their] = nFiles === 1 ? ['1 file is', 'its'] : [`${nFiles} files are`, 'their']
  return [`${subject} cut by lines, since ${their} grammar would take too long: ${named}${more}.`]
}

const NAMED_IN_NOTE = 5
const MAX_UNBUILT_FRACTION = 0.99
