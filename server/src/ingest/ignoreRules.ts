import { bytesOf, GitPatterns } from '../base/glob/gitPatterns.ts'
import type { FileProblem } from '../base/regularFile.ts'
import { READ_LIMIT_BYTES, type WorkspaceFiles } from '../base/workspaceFiles.ts'

/**
 * The ignore files that govern one directory, and through `parent` those above it. Git's rules: patterns of a deeper
 * file win over those of a higher one, `!` brings a path back, and nothing below an ignored directory is looked at.
 * Immutable; a directory without ignore files shares its parent's rules.
 */
export class IgnoreRules {
  private constructor(
    /** Directory of the patterns, relative to the folder, '' for the folder itself; in bytes. */
    readonly base: string,
    readonly matchers: readonly GitPatterns[],
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
    return matchers.length ? new IgnoreRules(bytesOf(directory), matchers, this) : this
  }

  /** Whether `relativePath` (to the folder; a directory ends with '/') is ignored, its parents left aside. */
  ignores(relativePath: string): boolean {
    const isDirectory = relativePath.endsWith('/')
    const bytes = bytesOf(isDirectory ? relativePath.slice(0, -1) : relativePath)
    for (let rules: IgnoreRules | undefined = this; rules; rules = rules.parent) {
      const below = rules.base ? bytes.slice(rules.base.length + 1) : bytes
      for (let i = rules.matchers.length - 1; i >= 0; i--) {
        const ignored = rules.matchers[i]!.ignores(below, isDirectory)
        if (ignored !== undefined) return ignored
      }
    }
    return false
  }
}

/** Later ones win. */
const IGNORE_FILES = ['.gitignore', '.lateralignore'] as const

/** As git does by default on file systems that do so. */
const IGNORE_CASE = process.platform === 'win32' || process.platform === 'darwin'

interface EnterOptions {
  /** Spares looking for ignore files that are not there. */
  fileNames?: ReadonlySet<string>
  /** Told of an ignore file that is there and cannot be read: its rules do not hold. */
  onProblem?: OnProblem
}

type OnProblem = (relativePath: string, problem: FileProblem) => void

function readPatterns(files: WorkspaceFiles, relative: string, onProblem?: OnProblem): GitPatterns | undefined {
  const content = files.readTextSync(relative, READ_LIMIT_BYTES.ignoreFile)
  if (typeof content !== 'string') return patternsOf(content.text)
  if (content !== 'gone') onProblem?.(relative, content)
  return undefined
}

/** Texts that were met last are not read again: an event on disk asks for all the files above it. */
function patternsOf(text: string): GitPatterns {
  const known = recent.get(text)
  const patterns = known ?? new GitPatterns(text, { ignoreCase: IGNORE_CASE })
  recent.delete(text)
  recent.set(text, patterns)
  if (recent.size > MAX_RECENT) recent.delete(recent.keys().next().value!)
  return patterns
}

const recent = new Map<string, GitPatterns>()
const MAX_RECENT = 16
