import { parentPort } from 'node:worker_threads'
import { portChannel, serveRpc } from '../../../server/src/base/rpc.ts'
import type { IndexPort, MissingDoc, SessionFile } from '../../../server/src/ingest/indexPort.ts'
import { bodyText, contextText } from '../../../server/src/ingest/unitText.ts'

/** The thread of an index that takes what it is given and does nothing with it. */
export interface TakingIndex extends Pick<IndexPort, 'putVectors' | 'train' | 'commit'> {
  stats(params: null): { needsTraining: boolean }
  /** Every text once, as an index asks for it that has none yet. */
  missingDocs(params: { files: SessionFile[] }): MissingDoc[]
  /** From here on it has none again. */
  clear(params: null): void
}

if (parentPort) {
  const asked = new Set<string>()
  serveRpc<TakingIndex>(portChannel(parentPort), {
    stats: () => ({ needsTraining: false }),
    missingDocs: ({ files }) =>
      files.flatMap((file) => docsOf(file)).filter(({ text }) => !asked.has(text) && asked.add(text)),
    putVectors: () => {},
    train: () => false,
    commit: () => {},
    clear: () => asked.clear(),
  })
}

function docsOf(file: SessionFile): MissingDoc[] {
  return file.units.flatMap((unit) => [
    { ...docOf(unit.space, bodyText(unit)), part: 'body' },
    { ...docOf(unit.space, contextText(file.path, unit)), part: 'context' },
  ])
}

/** Equal texts have equal keys, as in an index. */
const docOf = (space: MissingDoc['space'], text: string) => ({ space, key: text, text })
