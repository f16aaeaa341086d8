import { queryTokens } from '../../../server/src/contract/queryTokens.ts'
import type { FolderStatus, SearchReply, StatusReply, WireHit } from '../../../server/src/contract/requests.ts'
import type { UnitKind } from '../../../server/src/contract/units.ts'
import { printable, shortened, withoutLinks } from './plainText.ts'

/** What the views show, as plain data: no editor object is made here. */

export interface Row {
  label: string
  description: string
  detail: string
  /** Name of a product icon. */
  icon: string
}

/** A hit as one entry of the quick pick. */
export function toRow(hit: WireHit, isMultiRoot: boolean): Row {
  const folder = isMultiRoot ? `${shortened(hit.folder)} • ` : ''
  const place = `${folder}${shortened(hit.path)}:${lineRange(hit)}`
  return {
    label: hitLabel(hit),
    description: hit.container ? `${place} · ${shortened(hit.container)}` : place,
    // Where the line already stands for the name, it is not said twice.
    detail: hit.name ? shownSnippet(hit) : '',
    icon: kindIcon(hit.kind),
  }
}

/** Blocks have no name: their best line stands for them. */
export function hitLabel(hit: WireHit): string {
  return shortened(hit.name) || shownSnippet(hit) || shortened(hit.path.slice(hit.path.lastIndexOf('/') + 1))
}

const shownSnippet = (hit: WireHit) => shortened(hit.snippet.replaceAll('\t', ' '), MAX_SNIPPET_LENGTH)
/** As much of a line as an editor shows of it. */
const MAX_SNIPPET_LENGTH = 500

/** What stands behind the label in the side bar: under its file, or in a list of its own. */
export function hitPlace(hit: WireHit, isListed: boolean): string {
  const slash = hit.path.lastIndexOf('/')
  const line = isListed ? `${hit.path.slice(slash + 1)}:${hit.startLine}` : `:${hit.startLine}`
  const directory = isListed && slash > 0 ? hit.path.slice(0, slash) : ''
  const parts = [line, hit.container, isListed ? directory : '']
  const snippet = !isListed && hit.name ? shownSnippet(hit) : ''
  return [...parts.map((part) => shortened(part)), snippet].filter(Boolean).join(' · ')
}

export function lineRange({ startLine, endLine }: { startLine: number; endLine: number }): string {
  return startLine === endLine ? `${startLine}` : `${startLine}–${endLine}`
}

export interface FileGroup {
  uri: string
  fileName: string
  /** Folder of the file, relative; with the workspace folder's name where there are several. */
  directory: string
  hits: WireHit[]
}

/** Files in the order of their best hit; the hits of a file in the order of their lines. */
export function groupByFile(hits: WireHit[], isMultiRoot: boolean): FileGroup[] {
  const groups = new Map<string, FileGroup>()
  for (const hit of hits) {
    let group = groups.get(hit.uri)
    if (!group) {
      const slash = hit.path.lastIndexOf('/')
      const parts = [isMultiRoot ? hit.folder : '', slash > 0 ? hit.path.slice(0, slash) : '']
      group = {
        uri: hit.uri,
        fileName: shortened(hit.path.slice(slash + 1)),
        directory: shortened(parts.filter(Boolean).join(' • ')),
        hits: [],
      }
      groups.set(hit.uri, group)
    }
    group.hits.push(hit)
  }
  for (const group of groups.values()) group.hits.sort((a, b) => a.startLine - b.startLine)
  return [...groups.values()]
}

/** Line above the results in the side bar. */
export function resultsMessage(title: string, hits: WireHit[], indexedFraction: number): string {
  const nFiles = new Set(hits.map((hit) => hit.uri)).size
  const found = hits.length === 0 ? 'no results' : `${count(hits.length, 'result')} in ${count(nFiles, 'file')}`
  const partial = indexedFraction < 1 ? ` · index ${percent(indexedFraction)}` : ''
  return `${withoutLinks(title)} · ${found}${partial}`
}

/** The results as text, best first: for the clipboard. */
export function resultsText(hits: WireHit[], isMultiRoot: boolean): string {
  return hits
    .map((hit) => {
      const { label, description, detail } = toRow(hit, isMultiRoot)
      return detail ? `${description}  ${label}\n    ${detail}` : `${description}  ${label}`
    })
    .join('\n')
}

/** First entry of the list while the index is not whole; `undefined` once it is. */
export function indexNotice(reply: SearchReply): string | undefined {
  return reply.indexedFraction < 1 ? `Index ${percent(reply.indexedFraction)} — results so far` : undefined
}

/** What an empty answer says. It is never silent about the reason. */
export function emptyNotice(query: string, indexedFraction: number, status: StatusReply | undefined): Row {
  const icon = 'info'
  const folders = status?.folders ?? []
  const failed = folders.find((folder) => folder.phase === 'error')
  if (failed?.error)
    return {
      label: printable(failed.error.message),
      description: '',
      detail: printable(failed.error.advice),
      icon: 'error',
    }
  if (folders.length > 0 && folders.every((folder) => folder.phase === 'off'))
    return { label: 'Lateral is off here', description: '', detail: 'Turn on the setting lateral.enabled.', icon }
  if (indexedFraction < 1) {
    const label = `Nothing found yet: the index is at ${percent(indexedFraction)}`
    return { label, description: '', detail: 'Wait a little, or type on: the list fills as indexing goes on.', icon }
  }
  const filters = queryTokens(query).filter(({ type }) => type !== 'word')
  const detail = filters.length
    ? `Try without ${filters.map(({ text }) => text).join(' ')}, or use other words.`
    : 'Say what the code does in other words, or use fewer.'
  return { label: 'No results', description: '', detail, icon }
}

/**
 * Keeps answers in order: a later question makes every earlier one stale, and a final answer ends the partial ones
 * of its own question.
 */
export class Questions {
  #latest = 0
  #answered = 0

  ask(): number {
    return ++this.#latest
  }

  /** Whether partial hits of question `id` may be shown. */
  takesPartial(id: number): boolean {
    return id === this.#latest && id !== this.#answered
  }

  /** Whether the answer to question `id` may be shown; from then on it counts as answered. */
  takesAnswer(id: number): boolean {
    if (id !== this.#latest) return false
    this.#answered = id
    return true
  }

  get isWaiting(): boolean {
    return this.#latest !== this.#answered
  }
}

export interface StatusText {
  /** With product icons in it; empty where there is nothing to say. */
  text: string
  tooltip: string
  severity: 'none' | 'warning' | 'error'
  isIndexing: boolean
  isPaused: boolean
}

/** The one status bar entry, for all folders together: the state that matters most. */
export function statusText({ folders }: StatusReply): StatusText {
  const withPhase = (...phases: FolderStatus['phase'][]) => folders.filter((folder) => phases.includes(folder.phase))
  const tooltip = folders
    .map((folder) => [folderLine(folder), ...(folder.notes ?? []).map(printable)].join('\n'))
    .join('\n\n')
  const building = withPhase('scanning', 'indexing')
  const paused = withPhase('paused')
  const failed = withPhase('error')
  const say = (text: string, severity: StatusText['severity'] = 'none') => ({
    text,
    tooltip,
    severity,
    isIndexing: building.length + withPhase('updating', 'upgrading').length > 0,
    isPaused: paused.length > 0,
  })
  if (failed.length > 0) return say('$(error) Lateral', failed.length === folders.length ? 'error' : 'warning')
  if (paused.length > 0) return say('$(debug-pause) Index paused')
  if (building.length > 0) {
    const indexing = withPhase('indexing')
    if (indexing.length === 0) return say('$(sync~spin) Scanning files')
    return say(`$(sync~spin) Indexing ${percent(Math.min(...indexing.map((folder) => folder.fraction)))}`)
  }
  const shares = withPhase('upgrading').map(({ upgrade }) => (upgrade ? upgrade.nUnitsDone / upgrade.nUnits : 1))
  if (shares.length > 0) return say(`$(arrow-up) Upgrading ${percent(Math.min(...shares))}`)
  return say('')
}

/** One folder's state in one line. */
export function folderLine(folder: FolderStatus): string {
  const units = `${folder.nUnits.toLocaleString('en')} units of ${count(folder.nFiles, 'file')}`
  const state: Record<FolderStatus['phase'], () => string> = {
    off: () => 'off',
    scanning: () => 'scanning files',
    indexing: () => `indexing ${percent(folder.fraction)}${remaining(folder)}`,
    upgrading: () => `ready, ${upgradeText(folder)}`,
    updating: () => `updating, ${units}`,
    ready: () => `ready, ${units}, ${megabytes(folder.sizeBytes)}`,
    following: () =>
      `${folder.fraction < 1 ? percent(folder.fraction) : 'ready'}, ${units}, written by ${folder.writer ?? 'another process'}`,
    paused: () => (folder.upgrade ? `paused, ${upgradeText(folder)}` : `paused at ${percent(folder.fraction)}`),
    error: () => `${folder.error?.message ?? 'failed'} ${folder.error?.advice ?? ''}`.trim(),
  }
  return `${shortened(folder.name)}: ${printable(state[folder.phase]())}`
}

/** How far the chosen models have come in taking over from others. */
function upgradeText({ upgrade, models }: FolderStatus): string {
  const names = [...new Set(models.map(({ id }) => id))].join(' and ')
  if (!upgrade) return `upgrading to ${names}`
  const [done, all] = [upgrade.nUnitsDone, upgrade.nUnits].map((n) => n.toLocaleString('en'))
  return `upgrading to ${names}: ${done} of ${all} units${remaining(upgrade)}`
}

export function percent(fraction: number): string {
  // Not 100 % before it is so.
  return `${fraction >= 1 ? 100 : Math.min(99, Math.floor(fraction * 100))} %`
}

function remaining({ etaSeconds }: { etaSeconds: number | null }): string {
  if (etaSeconds === null) return ''
  return `, ${etaSeconds < 90 ? `${Math.ceil(etaSeconds)} s` : `${Math.round(etaSeconds / 60)} min`} left`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`
}

export function kindIcon(kind: UnitKind): string {
  return ICONS[kind]
}

const ICONS: Record<UnitKind, string> = {
  function: 'symbol-function',
  method: 'symbol-method',
  class: 'symbol-class',
  interface: 'symbol-interface',
  type: 'symbol-type-parameter',
  enum: 'symbol-enum',
  constant: 'symbol-constant',
  block: 'symbol-snippet',
  section: 'book',
  config: 'gear',
}
