import { contentKey } from '../base/hash.ts'
import { decodeText } from '../chunk/decode.ts'
import { LineHashes } from '../chunk/lineHashes.ts'
import { type CarriedUnit, carryUnits } from './carriedUnits.ts'
import { LinedText } from './linedText.ts'
import type { FileOutline } from './sessionProtocol.ts'

/** The text of one file as it is now, by lines as the chunker counts them, and the index's units carried into it. */
export class LiveFile {
  readonly text: LinedText
  #hash: string | undefined
  #hashes: LineHashes | undefined
  #carried: { outline: FileOutline; byPlace: Map<string, CarriedUnit | undefined> } | undefined

  /** `text`: as `decodeText` gives it. `hash`: of the bytes; of the text in UTF-8 where absent. */
  constructor(text: string, hash?: string) {
    this.text = new LinedText(text)
    this.#hash = hash
  }

  /** Undefined for bytes that the chunker would find no text in. */
  static of(bytes: Uint8Array): LiveFile | undefined {
    const decoded = decodeText(bytes)
    return 'problem' in decoded ? undefined : new LiveFile(decoded.text, contentKey(bytes))
  }

  /** As the index has it of a file with this text. */
  get hash(): string {
    this.#hash ??= contentKey(Buffer.from(this.text.text))
    return this.#hash
  }

  /** For a text that is known to be that of a file of that hash, however it is encoded there. */
  set hash(hash: string) {
    this.#hash = hash
  }

  get lineHashes(): LineHashes {
    this.#hashes ??= new LineHashes(this.text.lines())
    return this.#hashes
  }

  /** Whether units of that text were carried over already. */
  knows(contentHash: string): boolean {
    return this.#carried?.outline.contentHash === contentHash
  }

  /** Carries all units of the file over. O(lines + units). */
  carry(outline: FileOutline): void {
    const byPlace = new Map<string, CarriedUnit | undefined>()
    carryUnits(outline.units, this.lineHashes).forEach((carried, i) => {
      const unit = outline.units[i]!
      byPlace.set(placeKey(unit), carried)
      const anyName = placeKey({ ...unit, name: undefined })
      if (!byPlace.get(anyName)) byPlace.set(anyName, carried)
    })
    this.#carried = { outline, byPlace }
  }

  /** The units that were carried over and their places here; undefined for what is not here. */
  carriedUnits(): [FileOutline['units'][number], CarriedUnit | undefined][] {
    return (this.#carried?.outline.units ?? []).map((unit) => [unit, this.#carried!.byPlace.get(placeKey(unit))])
  }

  /** The present place of a unit that was there; undefined where it is gone, null where there was no such unit. */
  carried(unit: { startLine: number; endLine: number; name?: string }): CarriedUnit | undefined | null {
    const key = placeKey(unit)
    return this.#carried?.byPlace.has(key) ? this.#carried.byPlace.get(key) : null
  }
}

const placeKey = ({ startLine, endLine, name }: { startLine: number; endLine: number; name?: string | undefined }) =>
  `${startLine}-${endLine}${name === undefined ? '' : ` ${name}`}`
