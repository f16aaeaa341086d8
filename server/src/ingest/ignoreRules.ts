import { readFileSync } from 'node:fs'
import path from 'node:path'
import ignore, { type Ignore } from 'ignore'

/**
 * The ignore files that govern one directory, and through `parent` those above it. Git's rules: patterns of a deeper
 * file win over those of a higher one, `!` brings a path back, and nothing below an ignored directory is looked at.
 * Immutable; a directory without ignore files shares its parent's rules.
 */
export class IgnoreRules {
  private constructor(
    /** Directory of the patterns, relative to the folder, '' for the folder itself. */
    readonly base: string,
    readonly matchers: readonly Ignore[],
    readonly parent: IgnoreRules | undefined,
  ) {}

  /** Rules of the folder itself: `.git/info/exclude` is weakest, `.lateralignore` strongest. */
  static ofFolder(folder: string): IgnoreRules {
    const exclude = readPatterns(path.join(folder, '.git', 'info', 'exclude'))
    const rules = new IgnoreRules('', exclude ? [exclude] : [], undefined)
    return rules.enter(folder, '')
  }

  /** No rules at all, for `useIgnoreFiles: false`. */
  static none(): IgnoreRules {
    return new IgnoreRules('', [], undefined)
  }

  /** Rules inside a directory. `fileNames` spares looking for ignore files that are not there. */
  enter(folder: string, directory: string, fileNames?: ReadonlySet<string>): IgnoreRules {
    const matchers = IGNORE_FILES.filter((name) => fileNames?.has(name) ?? true)
      .map((name) => readPatterns(path.join(folder, directory, name)))
      .filter((matcher) => matcher !== undefined)
    return matchers.length ? new IgnoreRules(directory, matchers, this) : this
  }

  /** Whether `relativePath` (to the folder; a directory ends with '/') is ignored, its parents left aside. */
  ignores(relativePath: string): boolean {
    for (let rules: IgnoreRules | undefined = this; rules; rules = rules.parent) {
      const below = rules.base ? relativePath.slice(rules.base.length + 1) : relativePath
      for (let i = rules.matchers.length - 1; i >= 0; i--) {
        const matcher = rules.matchers[i]!
        const { ignored, unignored } = matcher.test(below)
        // The walk came this far, so a deeper file has brought the parent back: only the path's own match counts.
        if (ignored && parentIgnored(matcher, below)) continue
        if (ignored || unignored) return ignored
      }
    }
    return false
  }
}

/** Later ones win. */
const IGNORE_FILES = ['.gitignore', '.lateralignore'] as const

function parentIgnored(matcher: Ignore, relativePath: string): boolean {
  const slash = relativePath.lastIndexOf('/', relativePath.length - 2)
  return slash > 0 && matcher.test(relativePath.slice(0, slash + 1)).ignored
}

function readPatterns(file: string): Ignore | undefined {
  try {
    return ignore({ ignorecase: process.platform === 'win32' || process.platform === 'darwin' }).add(
      readFileSync(file, 'utf8'),
    )
  } catch {
    return undefined
  }
}
