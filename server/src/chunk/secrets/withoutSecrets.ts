import type { Unit } from '../../contract/units.ts'
import { findSecrets } from './findSecrets.ts'

/**
 * The units of a file but for those that hold a secret of it, or part of one, in their text or in their names. Units
 * around them, such as the class of a method, stay where their own text is free of it. The same list where none does.
 */
export function withoutSecrets(units: Unit[], text: string, path: string): Unit[] {
  const secrets = findSecrets(text, path)
  if (secrets.length === 0) return units
  const pieces = new Set<string>()
  for (const { secret, start, end } of secrets) {
    // Some rules name a part as the secret that is too short to tell it by.
    for (const piece of piecesOf(secret.length >= MIN_SECRET_CHARS ? secret : text.slice(start, end))) pieces.add(piece)
  }
  const holdsOne = (own: string) => [...pieces].some((piece) => own.includes(piece))
  const safe = units.filter((unit) => ![unit.text, unit.name, unit.container, unit.doc].some(holdsOne))
  return safe.length < units.length ? safe : units
}

/** What tells a part of a secret that was cut, by lines or within a name. */
function piecesOf(secret: string): string[] {
  const rows = secret.split('\n').map((row) => row.trim())
  return rows.filter((row) => row.length >= MIN_PIECE_CHARS).map((row) => row.slice(0, PIECE_CHARS))
}

const MIN_SECRET_CHARS = 12
const MIN_PIECE_CHARS = 6
const PIECE_CHARS = 16
