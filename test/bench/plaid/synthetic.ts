import { closeSync, existsSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'

/**
 * Multi-vector data without a model, as a language makes it: token types by Zipf's law, documents with a topic of their
 * own words and some identifiers, every token a noisy copy of its type bent towards the topic. A query is noisy copies
 * of one document's tokens among distractors. The same numbers give the same files on every machine.
 */
export interface SyntheticOptions {
  directory: string
  nDocs: number
  dim: number
  nQueries: number
  seed: number
}

export function makeSynthetic({ directory, nDocs, dim, nQueries, seed }: SyntheticOptions): void {
  if (existsSync(path.join(directory, 'done'))) return
  mkdirSync(directory, { recursive: true })
  const world = generator(7919 + dim)
  const random = generator(seed * 104729 + 17)
  const types = directions(world, N_TYPES, dim)
  const topics = directions(world, N_TOPICS, dim)
  const zipf = zipfTable()
  const topicWords = Int32Array.from({ length: N_TOPICS * TOPIC_WORDS }, () => 100 + (world.u32() % (N_TYPES - 100)))
  const noise = [0, 1].map(() => Float32Array.from({ length: NOISE + dim }, () => world.gauss() / Math.sqrt(2 * dim)))

  /** One unit row: weighted sum of two directions and noise. */
  const put = (
    out: Float32Array,
    at: number,
    a: Float32Array,
    aAt: number,
    wa: number,
    b: Float32Array,
    bAt: number,
    wb: number,
    wn: number,
  ) => {
    const n0 = random.u32() % NOISE
    const n1 = random.u32() % NOISE
    let squares = 0
    for (let d = 0; d < dim; d++) {
      const value = wa * a[aAt + d]! + wb * b[bAt + d]! + wn * (noise[0]![n0 + d]! + noise[1]![n1 + d]!)
      out[at + d] = value
      squares += value * value
    }
    for (let d = 0; d < dim; d++) out[at + d]! /= Math.sqrt(squares)
  }

  const targets = Array.from({ length: nQueries }, () => random.u32() % nDocs)
  const wanted = new Map<number, Float32Array | undefined>(targets.map((doc) => [doc, undefined]))
  const lengths = new Uint32Array(nDocs)
  const file = openSync(path.join(directory, 'v.bin'), 'w')
  for (let doc = 0; doc < nDocs; doc++) {
    const length = Math.max(
      30,
      Math.min(200, Math.round(Math.exp(Math.log(dim >= 100 ? 100 : 39) - 0.08 + 0.4 * random.gauss()))),
    )
    const topic = random.u32() % N_TOPICS
    const own = Array.from({ length: 12 }, () => random.u32() % N_TYPES)
    const rows = new Float32Array(length * dim)
    for (let t = 0; t < length; t++) {
      const draw = random.unit()
      const type =
        draw < 0.55
          ? zipf[random.u32() % zipf.length]!
          : draw < 0.8
            ? topicWords[topic * TOPIC_WORDS + (random.u32() % TOPIC_WORDS)]!
            : own[random.u32() % own.length]!
      put(rows, t * dim, types, type * dim, 0.8, topics, topic * dim, 0.3, 0.45)
    }
    lengths[doc] = length
    if (wanted.has(doc)) wanted.set(doc, rows)
    writeSync(file, new Uint8Array(rows.buffer))
  }
  closeSync(file)

  const queryLengths = new Uint32Array(nQueries)
  const queries = targets.map((doc, i) => {
    const rows = wanted.get(doc)!
    const n = 8 + (random.u32() % 25)
    const query = new Float32Array(n * dim)
    for (let t = 0; t < n; t++) {
      if (random.unit() < 0.65) {
        put(query, t * dim, rows, (random.u32() % (rows.length / dim)) * dim, 1, rows, 0, 0, 0.6)
      } else {
        const [type, topic] = [zipf[random.u32() % zipf.length]!, random.u32() % N_TOPICS]
        put(query, t * dim, types, type * dim, 0.8, topics, topic * dim, 0.3, 0.6)
      }
    }
    queryLengths[i] = n
    return Buffer.from(query.buffer)
  })
  const write = (name: string, data: Uint8Array) => writeFileSync(path.join(directory, name), data)
  write('l.bin', new Uint8Array(lengths.buffer))
  write('q.bin', Buffer.concat(queries))
  write('ql.bin', new Uint8Array(queryLengths.buffer))
  for (const [name, share] of [
    ['sub1.bin', 0.01],
    ['sub20.bin', 0.2],
  ] as const) {
    const ids = Array.from(lengths.keys()).filter(() => random.unit() < share)
    write(name, new Uint8Array(Uint32Array.from(ids).buffer))
  }
  writeFileSync(path.join(directory, 'targets.json'), JSON.stringify(targets))
  write('done', new Uint8Array())
}

function directions(random: Generator, n: number, dim: number): Float32Array {
  const rows = Float32Array.from({ length: n * dim }, () => random.gauss())
  for (let i = 0; i < n; i++) {
    const row = rows.subarray(i * dim, (i + 1) * dim)
    const norm = Math.hypot(...row)
    for (let d = 0; d < dim; d++) row[d]! /= norm
  }
  return rows
}

/** Types by inverse distribution: entry of a random position. */
function zipfTable(): Int32Array {
  const weights = Array.from({ length: N_TYPES }, (_, i) => 1 / (i + 2.7))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const table = new Int32Array(1 << 18)
  let reached = 0
  let at = 0
  weights.forEach((weight, type) => {
    reached += weight
    while (at < Math.round((reached / total) * table.length)) table[at++] = type
  })
  return table
}

type Generator = ReturnType<typeof generator>

function generator(seed: number) {
  let state = seed >>> 0
  const u32 = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const unit = () => u32() / 4294967296
  const gauss = () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit())
  return { u32, unit, gauss }
}

const N_TYPES = 30_000
const N_TOPICS = 400
const TOPIC_WORDS = 150
const NOISE = 1 << 20
