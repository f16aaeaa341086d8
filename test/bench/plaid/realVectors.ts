import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { nullLog } from '../../../server/src/base/log.ts'
import { createEncoder } from '../../../server/src/encode/encoderPool.ts'
import { questionFor } from '../../../server/src/engine/tuneQuestions.ts'
import { bodyText } from '../../../server/src/ingest/unitText.ts'
import { root, spread, unitsOf } from '../corpus.ts'

/**
 * The embedded model's vectors of a folder's units, each text once, and of questions made from comments and names of
 * some of them, in the files of `dataset.ts`. Answers the dimension and the number of documents.
 */
export async function makeReal(directory: string, folder: string, nQueries: number): Promise<RealVectors> {
  const units = await unitsOf(folder)
  const texts = [...new Map(units.map((unit) => [bodyText(unit), unit])).entries()]
  const encoder = await createEncoder({
    modelDirectory: path.join(root, 'models/embedded'),
    processFile: path.join(root, 'server/dist/encoderProcess.js'),
    threads: 2,
    log: nullLog,
  })
  try {
    const { dim } = encoder.model
    if (existsSync(path.join(directory, 'done'))) return { dim, nDocs: texts.length }
    mkdirSync(directory, { recursive: true })
    const write = (name: string, data: Uint8Array) => writeFileSync(path.join(directory, name), data)
    const documents = await encoder.encodeDocuments(texts.map(([text]) => text))
    write('v.bin', bytesOf(documents))
    write('l.bin', new Uint8Array(Uint32Array.from(documents, ({ nTokens }) => nTokens).buffer))
    const asked = spread(
      texts
        .map(([, unit], target) => ({ question: questionFor(unit), target }))
        .filter(({ question }) => question !== ''),
      nQueries,
    )
    const queries = await Promise.all(asked.map(({ question }) => encoder.encodeQuery(question)))
    write('q.bin', bytesOf(queries))
    write('ql.bin', new Uint8Array(Uint32Array.from(queries, ({ nTokens }) => nTokens).buffer))
    for (const [name, every] of [
      ['sub1.bin', 100],
      ['sub20.bin', 5],
    ] as const) {
      const ids = Array.from(texts.keys()).filter((doc) => doc % every === 0)
      write(name, new Uint8Array(Uint32Array.from(ids).buffer))
    }
    writeFileSync(path.join(directory, 'targets.json'), JSON.stringify(asked.map(({ target }) => target)))
    write('done', new Uint8Array())
    return { dim, nDocs: texts.length }
  } finally {
    await encoder.dispose()
  }
}

export interface RealVectors {
  dim: number
  nDocs: number
}

const bytesOf = (rows: { data: Float32Array }[]): Buffer =>
  Buffer.concat(rows.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)))
