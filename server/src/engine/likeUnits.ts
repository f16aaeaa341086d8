import { Bitset } from '../base/bitset.ts'
import { likeNotFound } from '../contract/errorCodes.ts'
import type { FolderView } from '../index/folderView.ts'
import type { LikePlace } from '../search/queryLike.ts'

/** The units that a query's `like:` values name, each once. `E_LIKE` where one of them names none. O(files + own units). */
export function likeUnits(view: FolderView, places: readonly LikePlace[]): number[] {
  return [...new Set(places.flatMap((place) => unitsOfPlace(view, place)))]
}

/** All units of their files that show the same lines or have the same name: nobody asks for those. */
export function withOverlapping(view: FolderView, units: readonly number[]): Bitset {
  const shadow = new Bitset(view.size)
  for (const unit of units) {
    for (const other of view.unitsOfFile(view.file[unit]!)) {
      const apart = view.endLine[other]! < view.startLine[unit]! || view.startLine[other]! > view.endLine[unit]!
      if (!apart || (view.name(other) !== '' && view.name(other) === view.name(unit))) shadow.set(other)
    }
  }
  return shadow
}

/** The innermost of the units that cover all of the lines, if any. */
export function innermostAt(
  view: FolderView,
  file: number,
  startLine: number,
  endLine = startLine,
): number | undefined {
  const span = (unit: number) => view.endLine[unit]! - view.startLine[unit]!
  return view
    .unitsOfFile(file)
    .filter((unit) => view.startLine[unit]! <= startLine && endLine <= view.endLine[unit]!)
    .sort((a, b) => span(a) - span(b))[0]
}

function unitsOfPlace(view: FolderView, { path, lines, name, column }: LikePlace): readonly number[] {
  const file = fileAt(view, path, column)
  const all = view.unitsOfFile(file)
  if (name !== undefined) {
    const named = all.filter(
      (unit) => name === view.name(unit) || name === `${view.container(unit)}.${view.name(unit)}`,
    )
    if (named.length > 0) return named
    throw likeNotFound(column, `${view.filePath(file)} has no "${name}"`)
  }
  if (!lines) return all
  const around = innermostAt(view, file, lines.start, lines.end)
  if (around !== undefined) return [around]
  const within = all.filter((unit) => view.startLine[unit]! <= lines.end && lines.start <= view.endLine[unit]!)
  if (within.length > 0) return within
  throw likeNotFound(column, `${view.filePath(file)} has nothing at line ${lines.start}`)
}

/** The file of that path, or the only one whose path ends so. */
function fileAt(view: FolderView, path: string, column: number): number {
  const file = view.fileOrdinal(path)
  if (file !== undefined) return file
  const ending = view.filesByPath.filter((each) => view.filePath(each).endsWith(`/${path}`))
  if (ending.length === 1) return ending[0]!
  if (ending.length === 0) throw likeNotFound(column, `there is no file ${path}`)
  const some = ending.slice(0, MAX_NAMED).map((each) => view.filePath(each))
  throw likeNotFound(column, `${path} may be ${some.join(', ')}${ending.length > MAX_NAMED ? ', ...' : ''}`)
}

const MAX_NAMED = 3
