import { findSecrets, type SecretSpan } from '../chunk/secrets/findSecrets.ts'
import { findKeyBlocks } from '../chunk/secrets/keyBlocks.ts'
import type { UnitKind } from '../contract/units.ts'
import { isSecretPath } from '../ingest/secretNames.ts'
import type { LinedText } from './linedText.ts'

/** What is asked about a hit, as it is about to be shown. */
export interface ShownUnit {
  path: string
  kind: UnitKind
  name: string
  container: string
  startLine: number
  endLine: number
  /** The line that is known to match what was asked for. */
  matchLine?: number | undefined
}

/**
 * Whether a unit may be shown by its text as it is now: the index leaves out units that hold a secret, and one may have
 * been pasted since, perhaps into an editor only, or have been indexed by older rules. `false` where it may not; else the
 * lines of it that must not be shown, which a class has where its member holds a secret: mostly none.
 */
export function hiddenLines(lines: LinedText, unit: ShownUnit): false | ReadonlySet<number> {
  const { startLine, endLine, path } = unit
  if (isSecretPath(path)) return false
  if (findSecrets(`${unit.name}\n${unit.container}`, path).length > 0) return false
  // A name may stand on the line before its value.
  const first = Math.max(1, startLine - 1)
  const last = lines.upTo(endLine + 1)
  const hidden = new Set<number>()
  const region = lines.between(first, last)
  for (const span of findSecrets(region, path)) addLines(hidden, region, span, first)
  if (mayHoldKey(lines.text)) {
    for (const span of findKeyBlocks(lines.text)) addLines(hidden, lines.text, span, 1)
  }
  for (const line of hidden) if (line < startLine || line > endLine) hidden.delete(line)
  if (hidden.size === 0) return NONE
  return CONTAINERS.has(unit.kind) && unit.matchLine === undefined && hidden
}

/**
 * As `hiddenLines`, for a unit of an unchanged file that was cut by the present rules: its own text has no secret, and only
 * what stands inside of it may. `shownLine`: the one that is to be shown, which alone is looked at where it has none.
 */
export function hiddenLinesOfCut(lines: LinedText, unit: ShownUnit, shownLine: number): false | ReadonlySet<number> {
  if (!CONTAINERS.has(unit.kind)) return NONE
  const around = lines.between(Math.max(1, shownLine - 1), lines.upTo(shownLine + 1))
  const isClean = findSecrets(around, unit.path).length === 0 && !mayHoldKey(lines.text)
  return isClean ? NONE : hiddenLines(lines, unit)
}

function addLines(hidden: Set<number>, text: string, { start, end }: SecretSpan, firstLine: number): void {
  let line = firstLine
  for (let at = text.indexOf('\n'); at >= 0 && at < start; at = text.indexOf('\n', at + 1)) line++
  hidden.add(line)
  for (let at = text.indexOf('\n', start); at >= 0 && at < end - 1; at = text.indexOf('\n', at + 1)) hidden.add(++line)
}

/** As it is written; the block may begin far above what is shown of it. */
const mayHoldKey = (text: string) => text.includes('PRIVATE KEY-----') || text.includes('PRIVATE KEY BLOCK-----')

const NONE: ReadonlySet<number> = new Set()
/** Their members are units of their own. */
const CONTAINERS = new Set<UnitKind>(['class', 'interface', 'type', 'enum'])
