import { Globs } from '../base/glob/globs.ts'

/** Whether a path, relative to the folder, is to be left out by globs. */
export type Excludes = (relativePath: string) => boolean

/**
 * What the setting `index.exclude` leaves out: `dist` and `*.gen.ts` match at any depth, `/docs` and `docs/api` below the
 * folder; a directory goes with its files. The globs are those of `Globs` with groups, read once for each list.
 */
export function excludesOf(globs: readonly string[]): Excludes {
  const known = KNOWN.get(globs)
  if (known) return known
  const patterns = globs.flatMap((glob) => {
    const bare = glob
      .trim()
      .replace(/^\.\//, '')
      .replace(/\/(\*\*)?$/, '')
    if (!bare || bare === '/') return []
    const anchored = bare.includes('/') ? bare.replace(/^\//, '') : `**/${bare}`
    return [anchored, `${anchored}/**`]
  })
  const compiled = patterns.length > 0 ? new Globs(patterns, { groups: true }) : undefined
  const excludes = (relativePath: string) => compiled?.matches(relativePath) ?? false
  KNOWN.set(globs, excludes)
  return excludes
}

/** Settings are the same object until they change, and each event on disk asks. */
const KNOWN = new WeakMap<readonly string[], Excludes>()
