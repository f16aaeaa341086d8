import { contentKey } from '../../../server/src/base/hash.ts'
import type { Log } from '../../../server/src/base/log.ts'
import { createLog } from '../../../server/src/base/log.ts'
import type { FileInput, UnitInput } from '../../../server/src/index/types.ts'

/** A file of an index with a unit for each text; lines count up. */
export function fileInput(path: string, texts: string[], changes: Partial<FileInput> = {}): FileInput {
  const units = texts.map((text, i): UnitInput => {
    const line = 1 + i * 10
    return {
      kind: 'function',
      name: text,
      container: '',
      startLine: line,
      endLine: line + 8,
      nameLine: line,
      space: path.endsWith('.md') ? 'docs' : 'code',
      bodyKey: contentKey('body', text),
      contextKey: contentKey('context', path),
    }
  })
  const row = { path, sizeBytes: 100, mtimeMs: 1.5, contentHash: contentKey(...texts), language: 'go', outcome: 'ok' }
  return { ...row, units, ...changes }
}

/** A log and what was written to it. */
export function recordingLog(): { log: Log; lines: string[] } {
  const lines: string[] = []
  return { log: createLog('trace', (level, message) => lines.push(`${level}: ${message}`)), lines }
}

/** What `work` fails with: the code of an expected failure, the message otherwise. */
export function codeOf(work: () => unknown): string {
  try {
    work()
    return 'nothing'
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).message
  }
}
