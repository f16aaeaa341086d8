import type { SessionFile } from '../../../server/src/ingest/indexPort.ts'

/** A file with one unit whose text is its own, for a document of a dataset. */
export function fileOf(doc: number): SessionFile {
  const name = `document${doc}`
  const unit = { kind: 'function', name, container: '', startLine: 1, endLine: 1, nameLine: 1, language: 'go' } as const
  return {
    path: `src/${name}.go`,
    sizeBytes: 10,
    mtimeMs: 1,
    contentHash: name,
    language: 'go',
    outcome: 'ok',
    units: [{ ...unit, space: 'code', doc: '', text: name }],
  }
}
