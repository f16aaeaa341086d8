import { headLines, type LineHashes } from '../chunk/lineHashes.ts'
import type { OutlinedUnit } from './sessionProtocol.ts'

/** Where a unit is in a text that has changed since it was cut, and what it is called there. 1-based, inclusive. */
export interface CarriedUnit {
  startLine: number
  endLine: number
  nameLine: number
  /** Empty where the text is there, and what it was named after is not. */
  name: string
  /** Without what is not there any more. */
  container: string
}

/**
 * Looks for the units of one file, sorted as they are cut, in the file's present lines: first for all lines of each, then
 * for heads of what is left, where the unit then goes on up to the next thing that was found. Undefined for what is in the
 * text no more. O(lines + units), and the square of units where many were edited.
 */
export function carryUnits(units: readonly OutlinedUnit[], hashes: LineHashes): (CarriedUnit | undefined)[] {
  const carrier = new Carrier(units, hashes)
  carrier.placeWhole()
  carrier.placeHeads()
  carrier.setEnds()
  return carrier.named()
}

class Carrier {
  readonly #places: (Place | undefined)[]
  /** The innermost unit around each, by number; -1 for none. */
  readonly #parents: Int32Array

  constructor(
    private readonly units: readonly OutlinedUnit[],
    private readonly hashes: LineHashes,
  ) {
    this.#places = new Array(units.length)
    this.#parents = parentsOf(units)
  }

  placeWhole(): void {
    const { units, hashes } = this
    const nLines = hashes.lines.length
    const taken = new Set<string>()
    let shift = 0
    units.forEach((unit, i) => {
      const { linesHash, headHash, startLine, endLine, nameLine } = unit
      const before = units[i - 1]
      if (before && before.startLine === startLine && before.endLine === endLine && before.linesHash === linesHash) {
        this.#places[i] = this.#places[i - 1]
        return
      }
      if (linesHash === undefined || headHash === undefined) {
        this.#places[i] = this.#unchecked(unit)
        return
      }
      const nMore = endLine - startLine
      const isAt = (start: number) =>
        start >= 1 &&
        start + nMore <= nLines &&
        !taken.has(`${start} ${nMore}`) &&
        hashes.of(start, start + nMore) === linesHash
      const toName = nameLine - startLine
      const expected = startLine + shift
      const start = isAt(expected)
        ? expected
        : nearest(
            hashes.headsAt(headHash).map((line) => line - toName),
            expected,
            isAt,
          )
      if (start === undefined) return
      taken.add(`${start} ${nMore}`)
      shift = start - startLine
      this.#places[i] = { startLine: start, endLine: start + nMore, nameLine: start + toName, isWhole: true }
    })
  }

  /** Those first that stand in something that is there, which tells equal heads apart. */
  placeHeads(): void {
    const taken = new Map<number, number | undefined>()
    this.#places.forEach((place, i) => {
      if (place) taken.set(place.nameLine, this.units[i]!.headHash)
    })
    for (const isSure of [true, false]) {
      let shift = 0
      this.units.forEach((unit, i) => {
        const known = this.#places[i]
        if (known) shift = known.nameLine - unit.nameLine
        const { headHash, nameLine, startLine } = unit
        if (known || headHash === undefined) return
        const parent = this.#parents[i]!
        const around = parent < 0 ? undefined : this.#places[parent]
        if (isSure && parent >= 0 && !around) return
        const isFree = (line: number) => taken.get(line) !== headHash && (!isSure || !around || line > around.nameLine)
        const line = nearest(this.hashes.headsAt(headHash), nameLine + shift, isFree)
        if (line === undefined) return
        taken.set(line, headHash)
        shift = line - nameLine
        const start = Math.max(line - (nameLine - startLine), 1)
        this.#places[i] = { startLine: start, endLine: line, nameLine: line, isWhole: false }
      })
    }
  }

  /** What was found by its head reaches from the end of the thing before it to the beginning of the next. */
  setEnds(): void {
    const { units } = this
    const nLines = this.hashes.lines.length
    this.#places.forEach((place, i) => {
      if (!place || place.isWhole) return
      const around = this.#places[this.#parents[i]!]
      let endLine = nLines
      if (around && around.startLine <= place.nameLine && place.nameLine <= around.endLine) {
        endLine = Math.max(place.nameLine, around.endLine - this.#tailOf(this.#parents[i]!))
      }
      this.#places.forEach((other, j) => {
        if (!other || j === i || this.#isWithin(i, j)) return
        if (other.isWhole && other.endLine < place.nameLine) {
          place.startLine = Math.max(place.startLine, other.endLine + 1)
        }
        if (!this.#isWithin(j, i) && other.startLine > place.nameLine) endLine = Math.min(endLine, other.startLine - 1)
      })
      const least = Math.min(nLines, place.nameLine + headLines(units[i]!.headHash!) - 1)
      while (endLine > least && this.hashes.lines[endLine - 1]!.trim() === '') endLine--
      place.endLine = Math.max(least, endLine)
    })
  }

  named(): (CarriedUnit | undefined)[] {
    const carried: (CarriedUnit | undefined)[] = []
    for (const [i, unit] of this.units.entries()) {
      const place = this.#places[i]
      if (place) {
        const { startLine, endLine, nameLine } = place
        const container = this.#container(i, carried)
        carried.push({ startLine, endLine, nameLine, name: this.#name(unit), container })
      } else carried.push(undefined)
    }
    return carried
  }

  /** A later part of a function has the name that stands in its first. */
  #name(unit: OutlinedUnit): string {
    if (unit.name === '' || isNamedHere(unit)) return unit.name
    const owner = this.units.findIndex((other) => isNamedHere(other) && isSameName(other, unit))
    return owner < 0 || this.#places[owner] ? unit.name : ''
  }

  /** Of what was cut before there were hashes: good for those whose name stands where it stood. */
  #unchecked({ name, startLine, endLine, nameLine }: OutlinedUnit): Place | undefined {
    const { lines } = this.hashes
    if (name === '' || !lines[nameLine - 1]?.includes(name)) return undefined
    return { startLine, endLine: Math.min(endLine, lines.length), nameLine, isWhole: true }
  }

  #container(i: number, carried: readonly (CarriedUnit | undefined)[]): string {
    const { container } = this.units[i]!
    if (container === '') return ''
    const place = this.#places[i]!
    let parent = this.#parents[i]!
    while (parent >= 0 && !(this.units[parent]!.name && container.endsWith(this.units[parent]!.name))) {
      parent = this.#parents[parent]!
    }
    if (parent < 0) {
      const last = container.split(/\.| > /).at(-1)!
      return this.hashes.lines.some((line) => line.includes(last)) ? container : ''
    }
    const around = carried[parent]
    if (!around || place.startLine < around.startLine || place.endLine > around.endLine) return ''
    return around.container === this.units[parent]!.container ? container : around.name
  }

  /** Lines of a unit after the last one in it, such as its closing bracket. */
  #tailOf(parent: number): number {
    let last = this.units[parent]!.nameLine
    this.units.forEach((unit, i) => {
      if (this.#parents[i] === parent) last = Math.max(last, unit.endLine)
    })
    return this.units[parent]!.endLine - last
  }

  /** Whether unit `inner` stands in `outer`, directly or not. */
  #isWithin(inner: number, outer: number): boolean {
    for (let at = this.#parents[inner]!; at >= 0; at = this.#parents[at]!) if (at === outer) return true
    return false
  }
}

interface Place {
  startLine: number
  endLine: number
  nameLine: number
  /** All of its lines are there. */
  isWhole: boolean
}

const isNamedHere = ({ headHash }: OutlinedUnit) => headHash !== undefined && headLines(headHash) === 1

const isSameName = (a: OutlinedUnit, b: OutlinedUnit) => a.name === b.name && a.container === b.container

function parentsOf(units: readonly OutlinedUnit[]): Int32Array {
  const parents = new Int32Array(units.length).fill(-1)
  const open: number[] = []
  units.forEach((unit, i) => {
    while (open.length > 0 && units[open.at(-1)!]!.endLine < unit.endLine) open.pop()
    const around = units[open.at(-1) ?? -1]
    if (around && around.startLine === unit.startLine && around.endLine === unit.endLine) {
      parents[i] = parents[open.at(-1)!]!
      return
    }
    if (around && around.endLine >= unit.endLine) parents[i] = open.at(-1)!
    open.push(i)
  })
  return parents
}

/** Of ascending numbers the one nearest to `wanted` that will do. Looks at some hundred of them at most. */
function nearest(ascending: readonly number[], wanted: number, willDo: (one: number) => boolean): number | undefined {
  let above = 0
  let end = ascending.length
  while (above < end) {
    const middle = (above + end) >>> 1
    if (ascending[middle]! < wanted) above = middle + 1
    else end = middle
  }
  let below = above - 1
  for (let n = 0; n < MAX_LOOKS && (below >= 0 || above < ascending.length); n++) {
    const isBelow =
      above >= ascending.length || (below >= 0 && wanted - ascending[below]! <= ascending[above]! - wanted)
    const one = ascending[isBelow ? below-- : above++]!
    if (willDo(one)) return one
  }
  return undefined
}

/** A line that stands so often tells nothing. */
const MAX_LOOKS = 256
