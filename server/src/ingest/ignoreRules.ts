import ignore, { type Ignore } from 'ignore'
import type { FileProblem } from '../base/regularFile.ts'
import { READ_LIMIT_BYTES, type WorkspaceFiles } from '../base/workspaceFiles.ts'

/**
 * The ignore files that govern one directory, and through `parent` those above it. Git's rules: patterns of a deeper
 * file win over those of a higher one, `!` brings a path back, and nothing below an ignored directory is looked at.
 * Immutable; a directory without ignore files shares its parent's rules.
 */
export class IgnoreRules {
  private constructor(
    /** Directory of the patterns, relative to the folder, '' for the folder itself. */
    readonly base: string,
    readonly matchers: readonly PatternFile[],
    readonly parent: IgnoreRules | undefined,
  ) {}

  /** Rules of the folder itself: `.git/info/exclude` is weakest, `.lateralignore` strongest. */
  static ofFolder(files: WorkspaceFiles, options: EnterOptions = {}): IgnoreRules {
    const exclude = readPatterns(files, '.git/info/exclude', options.onProblem)
    const rules = new IgnoreRules('', exclude ? [exclude] : [], undefined)
    return rules.enter(files, '', options)
  }

  /** No rules at all, for `useIgnoreFiles: false`. */
  static none(): IgnoreRules {
    return new IgnoreRules('', [], undefined)
  }

  /** Rules inside a directory. */
  enter(files: WorkspaceFiles, directory: string, { fileNames, onProblem }: EnterOptions = {}): IgnoreRules {
    const matchers = IGNORE_FILES.filter((name) => fileNames?.has(name) ?? true)
      .map((name) => readPatterns(files, directory ? `${directory}/${name}` : name, onProblem))
      .filter((matcher) => matcher !== undefined)
    return matchers.length ? new IgnoreRules(directory, matchers, this) : this
  }

  /** Whether `relativePath` (to the folder; a directory ends with '/') is ignored, its parents left aside. */
  ignores(relativePath: string): boolean {
    for (let rules: IgnoreRules | undefined = this; rules; rules = rules.parent) {
      const below = rules.base ? relativePath.slice(rules.base.length + 1) : relativePath
      for (let i = rules.matchers.length - 1; i >= 0; i--) {
        const { ignored, unignored } = rules.matchers[i]!.test(below)
        if (ignored || unignored) return ignored
      }
    }
    return false
  }
}

/** Later ones win. */
const IGNORE_FILES = ['.gitignore', '.lateralignore'] as const

/** The patterns of one ignore file, asked about a path alone: whether its parents are ignored was settled before. */
class PatternFile {
  readonly #patterns: string
  readonly #matcher: Ignore
  /** Matchers that leave a directory and those above it in, by directory. */
  readonly #exceptions = new Map<string, Ignore>()

  constructor(patterns: string) {
    this.#patterns = patterns
    this.#matcher = ignore(OPTIONS).add(patterns)
  }

  test(relativePath: string): { ignored: boolean; unignored: boolean } {
    const result = this.#matcher.test(relativePath)
    const parent = relativePath.slice(0, relativePath.lastIndexOf('/', relativePath.length - 2) + 1)
    if (!result.ignored || !parent || !this.#matcher.test(parent).ignored) return result
    // A deeper file has brought the parent back, else nobody would ask. The package never looks past an ignored
    // parent, so it is given rules that bring the parents back.
    let matcher = this.#exceptions.get(parent)
    if (!matcher) {
      matcher = ignore(OPTIONS)
        .add(this.#patterns)
        .add(directoriesOf(parent).map((one) => `!/${escapeGlob(one)}/`))
      this.#exceptions.set(parent, matcher)
    }
    return matcher.test(relativePath)
  }
}

const OPTIONS = { ignorecase: process.platform === 'win32' || process.platform === 'darwin' }

/** `a/b/c/` is in `a`, `a/b` and `a/b/c`. */
function directoriesOf(directory: string): string[] {
  const parts = directory.split('/').slice(0, -1)
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'))
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]! #]/g, '\\$&')
}

interface EnterOptions {
  /** Spares looking for ignore files that are not there. */
  fileNames?: ReadonlySet<string>
  /** Told of an ignore file that is there and cannot be read: its rules do not hold. */
  onProblem?: OnProblem
}

type OnProblem = (relativePath: string, problem: FileProblem) => void

function readPatterns(files: WorkspaceFiles, relative: string, onProblem?: OnProblem): PatternFile | undefined {
  const content = files.readTextSync(relative, READ_LIMIT_BYTES.ignoreFile)
  if (typeof content !== 'string') return new PatternFile(content.text)
  if (content !== 'gone') onProblem?.(relative, content)
  return undefined
}
