import { Bitset } from '../base/bitset.ts'
import type { FolderView } from '../index/folderView.ts'
import type { FileStat } from '../index/types.ts'
import type { UnitPlaces } from '../search/textMatch.ts'
import type { SessionHit } from './sessionProtocol.ts'

/** Members of `accept`, by path and line, at most `limit`. O(units up to there). */
export function unitsByPath(view: FolderView, accept: Bitset, limit = Number.POSITIVE_INFINITY): number[] {
  const units: number[] = []
  for (const file of view.filesByPath) {
    for (const unit of view.unitsOfFile(file)) {
      if (units.length >= limit) return units
      if (accept.has(unit)) units.push(unit)
    }
  }
  return units
}

/** Where units are now. */
export function placesOf(view: FolderView, units: readonly number[]): UnitPlaces {
  const places = new PlacesBuilder(units.length)
  for (const unit of units) {
    places.add(view.path(unit), view.contentHash(unit), view.startLine[unit]!, view.endLine[unit]!, view.stat(unit))
  }
  return places.places
}

export function placesOfHits(hits: readonly SessionHit[]): UnitPlaces {
  const places = new PlacesBuilder(hits.length)
  for (const { path, contentHash, startLine, endLine } of hits) places.add(path, contentHash, startLine, endLine)
  return places.places
}

/** Those of the given numbers, of several lists of places. */
export function joinPlaces(...parts: { places: UnitPlaces; chosen: Uint32Array }[]): UnitPlaces {
  const joined = new PlacesBuilder(parts.reduce((sum, { chosen }) => sum + chosen.length, 0))
  for (const { places, chosen } of parts) {
    const { paths, contentHashes, path, startLine, endLine } = places
    for (const i of chosen) joined.add(paths[path[i]!]!, contentHashes[path[i]!]!, startLine[i]!, endLine[i]!)
  }
  return joined.places
}

/** Live units that are still exactly there. */
export function unitsAt(view: FolderView, { paths, path, startLine, endLine }: UnitPlaces): Bitset {
  const units = new Bitset(view.size)
  const byFile = new Map<number, Set<string>>()
  path.forEach((which, i) => {
    const wanted = byFile.get(which) ?? new Set()
    byFile.set(which, wanted.add(`${startLine[i]} ${endLine[i]}`))
  })
  for (const [which, wanted] of byFile) {
    const file = view.fileOrdinal(paths[which]!)
    for (const unit of file === undefined ? [] : view.unitsOfFile(file)) {
      if (wanted.has(`${view.startLine[unit]} ${view.endLine[unit]}`)) units.set(unit)
    }
  }
  return units
}

class PlacesBuilder {
  readonly places: UnitPlaces
  readonly #numbers = new Map<string, number>()
  #n = 0

  constructor(capacity: number) {
    const column = () => new Uint32Array(capacity)
    this.places = { paths: [], contentHashes: [], stats: [], path: column(), startLine: column(), endLine: column() }
  }

  add(path: string, contentHash: string, startLine: number, endLine: number, stat?: FileStat): void {
    const { places } = this
    // Mostly the same as before.
    let number = places.paths[places.path[this.#n - 1] ?? -1] === path ? places.path[this.#n - 1] : undefined
    number ??= this.#numbers.get(path)
    if (number === undefined) {
      number = places.paths.push(path) - 1
      places.contentHashes.push(contentHash)
      if (stat) places.stats[number] = stat
      this.#numbers.set(path, number)
    }
    places.path[this.#n] = number
    places.startLine[this.#n] = startLine
    places.endLine[this.#n] = endLine
    this.#n++
  }
}
