import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Log } from '../../../server/src/base/log.ts'
import { IndexSession } from '../../../server/src/engine/indexSession.ts'
import { type Dataset, readDocs } from './dataset.ts'
import { fileOf } from './oneUnitFile.ts'

/**
 * How long until documents are gone from a whole index (view, words, vectors), each a file with one unit: from the call
 * that removes the last `nRemoved` until a search for the last of them, by its own first vectors, no longer has it, committed.
 */
export function timeDeletion(data: Dataset, nRemoved: number, kernelDirectory: string, log: Log): object {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'lateral-deletion-'))
  const session = new IndexSession(log)
  try {
    const { dim, lengths } = data
    const model = { id: 'synthetic', fingerprint: 'synthetic', dim }
    session.open({ directory, kernelDirectory, models: { code: model, docs: model } })
    const nDocs = lengths.length
    const files = Array.from({ length: nDocs }, (_, doc) => fileOf(doc))
    session.applyFiles({ files, removed: [] })
    for (let from = 0; from < nDocs; from += FILES_A_CALL) {
      const to = Math.min(nDocs, from + FILES_A_CALL)
      const bodies = session.missingDocs({ files: files.slice(from, to) }).filter(({ part }) => part === 'body')
      const keys = bodies.map(({ key }) => key)
      session.putVectors({ space: 'code', keys, rows: keys.map((_, i) => readDocs(data, from + i, from + i + 1)) })
    }
    session.train({ expectedTokens: data.starts.at(-1)!, final: true })
    session.commit()

    const nTokens = Math.min(QUERY_TOKENS, lengths[nDocs - 1]!)
    const rows = { code: { nTokens, dim, data: readDocs(data, nDocs - 1, nDocs).slice(0, nTokens * dim) } }
    const find = () =>
      session
        .search({ query: 'document', limit: 1, mode: 'semantic', nIvfProbe: 8, nFullScores: 4096, rows })
        .some((hit) => hit.path === files[nDocs - 1]!.path)
    const wasThere = find()
    const removed = files.slice(nDocs - nRemoved).map((file) => file.path)
    const startedMs = performance.now()
    session.applyFiles({ files: [], removed })
    session.commit()
    const isGone = !find()
    return { ms: performance.now() - startedMs, found: wasThere && isGone }
  } finally {
    session.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

const FILES_A_CALL = 500
/** As long as a question. */
const QUERY_TOKENS = 32
