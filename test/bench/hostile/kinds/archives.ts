import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { tableBytes, tableGraph } from '../../../support/onnxGraph.ts'
import { root } from '../../corpus.ts'
import {
  deflated,
  deflatedZeros,
  gzippedTarOfZeros,
  paxRecord,
  type TarEntry,
  tarHeader,
  tarOf,
  type ZipEntry,
  zipOf,
} from '../archiveBytes.ts'
import type { Arena } from '../arena.ts'
import type { HostileCase } from '../types.ts'

const EMBEDDED = path.join(root, 'models/embedded')
const CONFIG = '{"query_length": 32}'
const MODEL: Record<string, Buffer> = {
  'onnx_config.json': Buffer.from(CONFIG),
  'tokenizer.json': Buffer.from('{"model": {"vocab": {"[Q] ": 1, "[D] ": 2}}}'),
  'model_int8.onnx': Buffer.alloc(5000, 7),
}
const zipEntries = (prefix = ''): ZipEntry[] =>
  Object.entries(MODEL).map(([name, content]) => ({ name: prefix + name, content }))
const tarEntries = (prefix = ''): TarEntry[] =>
  Object.entries(MODEL).map(([name, content]) => ({ name: prefix + name, size: content.byteLength, content }))

interface Options {
  isQuick?: boolean
  /** What is allowed to be installed; refusal, where absent, or either. */
  codes?: number[]
  limitMs?: number
}

/** Imports the archive; nothing may be written anywhere but in the storage folder, and a refusal leaves nothing there. */
function archive(
  name: string,
  make: (arena: Arena) => Buffer,
  { isQuick = false, codes = REFUSED, limitMs }: Options = {},
): HostileCase {
  return {
    kind: 'archives',
    name: `archives/${name}`,
    isQuick,
    async run(arena) {
      const file = path.join(arena.folder, `model${name.includes('tar') ? '.tar.gz' : '.zip'}`)
      writeFileSync(file, make(arena))
      await imported(arena, file, codes, limitMs)
    },
  }
}

async function imported(arena: Arena, file: string, codes: number[], limitMs?: number): Promise<void> {
  const models = path.join(arena.storage, 'models')
  const before = [...everythingBut(arena.storage, arena.folder), ...filesOfModels(models)]
  arena.seal()
  const args = ['models', 'import', file, '--id', 'me/hostile']
  const { code } = await arena.cli(args, { codes, ...(limitMs && { limitMs }) })
  const kept = code === 0 ? [] : filesOfModels(models)
  const written = [...everythingBut(arena.storage, arena.folder), ...kept].filter((each) => !before.includes(each))
  if (written.length > 0) arena.report('outside_writes', `${written.join(', ')} has been written`)
}

/** Of those that are there, whole or in part: a refused one leaves none. */
const filesOfModels = (directory: string) => existing(directory).filter((each) => /\.(onnx|json)$/.test(each))

const existing = (directory: string): string[] => {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}
const everythingBut = (left: string, directory: string) =>
  existing(directory).filter((each) => !path.join(directory, each).startsWith(left))

const REFUSED = [2, 3]
const EITHER = [0, 2, 3]
const evil = (name: string, more: Partial<ZipEntry> = {}): ZipEntry => ({ name, content: Buffer.from(CONFIG), ...more })
const withZip = (...entries: ZipEntry[]) => zipOf([...zipEntries(), ...entries])
const withTar = (...entries: TarEntry[]) => gzipSync(tarOf([...tarEntries(), ...entries]))
const file = (name: string, content = CONFIG): TarEntry => ({
  name,
  size: content.length,
  content: Buffer.from(content),
})

const zips: HostileCase[] = [
  archive('zip-that-leads-out', () => withZip(evil('../onnx_config.json')), { isQuick: true }),
  archive('zip-that-leads-far-out', () => withZip(evil(`${'../'.repeat(30)}tmp/onnx_config.json`))),
  archive('zip-that-leads-out-in-the-middle', () => withZip(evil('a/../../onnx_config.json'))),
  archive('zip-with-absolute-path', (a) => withZip(evil(`${a.outside}/onnx_config.json`))),
  archive('zip-with-backslashes', () => withZip(evil('..\\onnx_config.json'))),
  archive('zip-with-drive', () => withZip(evil('C:onnx_config.json'))),
  archive('zip-with-zero-in-a-name', () => withZip(evil('onnx_config.json\0.txt'))),
  archive('zip-with-invalid-name', () => withZip(evil(Buffer.from([0x61, 0xff, 0xfe]) as unknown as string)), {
    codes: EITHER,
  }),
  archive('zip-with-name-of-60-kb', () => withZip(evil('n'.repeat(60_000))), { codes: EITHER }),
  archive('zip-with-controls-in-a-name', () => withZip(evil('../\u001b[31m\u202ex'))),
  archive(
    'zip-with-link',
    (a) => withZip(evil('README.md', { content: Buffer.from(path.join(a.outside, 'secret.ts')), mode: 0o120777 })),
    { isQuick: true },
  ),
  archive('zip-with-link-for-a-folder', (a) =>
    withZip(evil('d', { content: Buffer.from(a.outside), mode: 0o120777 }), evil('d/onnx_config.json')),
  ),
  archive('zip-with-device', () => withZip(evil('README.md', { mode: 0o020666 }))),
  archive('zip-with-fifo', () => withZip(evil('README.md', { mode: 0o010666 }))),
  archive('zip-with-twins', () => withZip(evil('onnx_config.json'))),
  archive('zip-with-two-models', () => zipOf([...zipEntries('a/'), ...zipEntries('b/')])),
  archive('zip-of-a-hundred-thousand', () => zipOf(Array.from({ length: 60_000 }, (_, i) => evil(`f${i}`)))),
  archive('zip-that-says-fewer', () => zipOf(zipEntries(), { nEntries: 1 }), { codes: EITHER }),
  archive('zip-that-says-more', () => zipOf(zipEntries(), { nEntries: 60_000 })),
  archive('zip-larger-than-said', () =>
    zipOf([...zipEntries(), { ...deflated('README.md', Buffer.alloc(2 ** 20)), size: 10 }]),
  ),
  archive('zip-smaller-than-said', () => withZip(evil('README.md', { size: 2 ** 31 }))),
  archive('zip-packed-beyond-its-end', () => withZip(evil('README.md', { packedSize: 2 ** 31, size: 2 ** 31 }))),
  archive('zip-with-64-bit-marks-alone', () =>
    withZip(evil('README.md', { packedSize: 0xffffffff, size: 0xffffffff })),
  ),
  archive('zip-with-offset-outside', () => withZip(evil('README.md', { offset: 0xfffffff0 }))),
  archive('zip-of-overlapping-files', () =>
    zipOf(Array.from({ length: 5000 }, (_, i) => evil(`d${i % 9}/README.md`, { offset: 0 }))),
  ),
  archive('zip-with-two-names', () => withZip(evil('README.md', { directoryName: '../README.md' }))),
  archive('zip-encrypted', () => withZip(evil('README.md', { flags: 1 }))),
  archive('zip-of-unknown-method', () => withZip(evil('README.md', { method: 99 }))),
  archive('zip-with-wrong-checksum', () => zipOf([...zipEntries(), evil('README.md', { crc: 1 })]), { codes: EITHER }),
  archive('zip-with-long-comment', () => zipOf(zipEntries(), { comment: Buffer.alloc(65_000, 'PK\u0005\u0006') }), {
    codes: EITHER,
  }),
  archive('zip-behind-a-program', () => zipOf(zipEntries(), { head: Buffer.from('#!/bin/sh\ntouch x\n') })),
  archive('zip-of-nothing', () => Buffer.alloc(0)),
  archive('zip-of-four-bytes', () => Buffer.from('PK\u0003\u0004')),
  archive('zip-of-zeros', () => Buffer.alloc(2 ** 20)),
  archive(
    'zip-bomb-of-weights',
    () => {
      const { packed, size } = deflatedZeros(60)
      return zipOf([...zipEntries().slice(0, 2), { name: 'model_int8.onnx', packed, size, crc: 0 }])
    },
    { isQuick: true },
  ),
  archive('zip-bomb-of-nine-gb', () => {
    const { packed, size } = deflatedZeros(63)
    const half = { packed, size, crc: 0 }
    return zipOf([
      ...zipEntries().slice(0, 2),
      { name: 'model_int8.onnx', ...half },
      { name: 'model.onnx', ...half },
      { name: 'README.md', ...half },
    ])
  }),
  archive('zip-bomb-of-configuration', () => {
    const { packed, size } = deflatedZeros(20)
    return zipOf([...zipEntries().slice(1), { name: 'onnx_config.json', packed, size, crc: 0 }])
  }),
]

const tars: HostileCase[] = [
  archive('tar-that-leads-out', () => withTar(file('../onnx_config.json')), { isQuick: true }),
  archive('tar-with-absolute-path', (a) => withTar(file(`${a.outside}/onnx_config.json`.slice(0, 99)))),
  archive(
    'tar-with-link',
    (a) => withTar({ name: 'README.md', size: 0, type: '2', link: path.join(a.outside, 'secret.ts') }),
    { isQuick: true },
  ),
  archive('tar-with-hard-link', (a) =>
    withTar({ name: 'README.md', size: 0, type: '1', link: path.join(a.outside, 'secret.ts') }),
  ),
  archive('tar-with-device', () => withTar({ name: 'README.md', size: 0, type: '3' })),
  archive('tar-with-block-device', () => withTar({ name: 'README.md', size: 0, type: '4' })),
  archive('tar-with-fifo', () => withTar({ name: 'README.md', size: 0, type: '6' })),
  archive('tar-with-unknown-type', () => withTar({ name: 'README.md', size: 0, type: 'Z' }), { codes: EITHER }),
  archive('tar-with-twins', () => withTar(file('onnx_config.json'))),
  archive('tar-that-renames-itself', () => {
    const record = paxRecord('path', '../../onnx_config.json')
    return withTar({ ...file('PaxHeader', record), type: 'x' }, file('harmless.json'))
  }),
  archive('tar-that-enlarges-itself', () => {
    const record = paxRecord('size', '99999999999999')
    return withTar({ ...file('PaxHeader', record), type: 'x' }, file('README.md'))
  }),
  archive('tar-with-long-name', () => {
    const name = `${'../'.repeat(40)}onnx_config.json`
    return withTar({ ...file('././@LongLink', `${name}\0`), type: 'L' }, file('x'))
  }),
  archive(
    'tar-with-name-of-20-mb',
    () => withTar({ ...file('././@LongLink', 'n'.repeat(20 * 2 ** 20)), type: 'L' }, file('x')),
    { codes: EITHER },
  ),
  archive('tar-with-pax-of-1-gb', () =>
    gzipSync(Buffer.concat([tarHeader({ name: 'PaxHeader', size: 2 ** 30, type: 'x' }), Buffer.alloc(4096)])),
  ),
  archive('tar-with-negative-size', () => withTar({ name: 'README.md', size: `${'\u00ff'.repeat(11)}\u00fe` }), {
    codes: EITHER,
  }),
  archive('tar-with-size-of-no-number', () => withTar({ name: 'README.md', size: 'zzzzzzzzzzz\0' }), { codes: EITHER }),
  archive('tar-with-wrong-checksum', () => withTar({ ...file('README.md'), checksum: '000000\0 ' })),
  archive('tar-of-fifty-thousand', () =>
    gzipSync(tarOf(Array.from({ length: 50_000 }, (_, i) => ({ name: `f${i}`, size: 0 })))),
  ),
  archive('tar-cut-off', () => tarOf(tarEntries()).subarray(0, 1700)),
  archive('tar-gz-cut-off', () => withTar().subarray(0, 60)),
  archive('tar-gz-of-garbage', () => Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(10_000, 0x55)])),
  archive('tar-gz-in-gz', () => gzipSync(gzipSync(tarOf(tarEntries())))),
  archive('tar-gz-bomb-of-weights', () => gzippedTarOfZeros('model_int8.onnx', 60), { isQuick: true }),
  archive('tar-gz-bomb-of-nothing-wanted', () => gzippedTarOfZeros('other.bin', 60)),
]

/** The same archive with bytes changed at random, and cut at random. */
function mutated(name: string, make: () => Buffer): HostileCase {
  return {
    kind: 'archives',
    name: `archives/mutated-${name}`,
    isQuick: false,
    async run(arena) {
      for (let i = 0; i < 8; i++) {
        const bytes = Buffer.from(make())
        for (let k = 0; k < 4; k++)
          bytes[Math.floor(arena.random() * bytes.byteLength)] = Math.floor(arena.random() * 256)
        const file = path.join(arena.folder, `m${i}.bin`)
        writeFileSync(file, i % 2 ? bytes : bytes.subarray(0, Math.floor(arena.random() * bytes.byteLength)))
        await imported(arena, file, EITHER)
      }
    },
  }
}

/** A folder that is imported, or used as it is, and whose files are not what they seem. */
function folder(
  name: string,
  files: (arena: Arena) => Record<string, string | Buffer>,
  run: (arena: Arena, folder: string) => Promise<unknown>,
  isQuick = false,
): HostileCase {
  return {
    kind: 'archives',
    name: `archives/folder-${name}`,
    isQuick,
    async run(arena) {
      const directory = path.join(arena.folder, 'model')
      mkdirSync(directory)
      for (const [file, content] of Object.entries(files(arena))) writeFileSync(path.join(directory, file), content)
      await run(arena, directory)
    },
  }
}

const importIt = (arena: Arena, directory: string) => imported(arena, directory, EITHER)
const searchWithIt = (arena: Arena, directory: string) =>
  arena.cli(['search', 'ledger of harbour dues', arena.tree, '--model-dir', directory, '--threads', '1'], {
    limitMs: 2 * arena.limitMs,
  })
const embedded = (): Record<string, Buffer> =>
  Object.fromEntries(
    ['onnx_config.json', 'tokenizer.json', 'model_int8.onnx'].map((file) => [
      file,
      readFileSync(path.join(EMBEDDED, file)),
    ]),
  )
const withTokenizer = (change: (tokenizer: Record<string, unknown>) => void) => () => {
  const tokenizer = JSON.parse(embedded()['tokenizer.json']!.toString())
  change(tokenizer)
  return { ...embedded(), 'tokenizer.json': JSON.stringify(tokenizer) }
}

const folders: HostileCase[] = [
  folder('as-it-should-be', embedded, (a, directory) => imported(a, directory, [0]), true),
  folder('configuration-nested', () => ({ ...MODEL, 'onnx_config.json': '['.repeat(500_000) }), importIt),
  folder(
    'configuration-of-prototypes',
    () => ({ ...MODEL, 'onnx_config.json': '{"__proto__": {"query_length": 9}, "constructor": 1}' }),
    importIt,
  ),
  folder(
    'configuration-of-huge-numbers',
    () => ({
      ...embedded(),
      'onnx_config.json': '{"query_length": 65536, "document_length": 65536, "embedding_dim": 4096}',
    }),
    searchWithIt,
  ),
  folder(
    'tokenizer-nested',
    () => ({
      ...embedded(),
      'tokenizer.json': `{"model": {"vocab": {}}, "pre_tokenizer": ${'{"type":"Sequence","pretokenizers":['.repeat(20_000)}${']}'.repeat(20_000)}}`,
    }),
    importIt,
  ),
  folder(
    'tokenizer-of-largest-id',
    () => ({
      ...embedded(),
      'tokenizer.json': '{"model": {"type": "WordPiece", "vocab": {"[Q] ": 16777216, "[D] ": 2, "[UNK]": 3}}}',
    }),
    searchWithIt,
  ),
  folder(
    'tokenizer-with-slow-expression',
    withTokenizer((t) => {
      t.pre_tokenizer = {
        type: 'Split',
        pattern: { Regex: '^(([a-z ])+.)+[A-Z]([a-z])+$' },
        behavior: 'Isolated',
        invert: false,
      }
    }),
    searchWithIt,
  ),
  folder(
    'tokenizer-with-slow-normalizer',
    withTokenizer((t) => {
      t.normalizer = { type: 'Replace', pattern: { Regex: '(\\w+\\s?)+!!$' }, content: 'x' }
    }),
    searchWithIt,
  ),
  folder(
    'tokenizer-of-unknown-parts',
    withTokenizer((t) => {
      t.normalizer = { type: '__proto__' }
      t.pre_tokenizer = { type: 'constructor' }
    }),
    searchWithIt,
  ),
  folder('weights-of-garbage', () => ({ ...embedded(), 'model_int8.onnx': Buffer.alloc(100_000, 9) }), searchWithIt),
  folder(
    'weights-cut-off',
    () => ({ ...embedded(), 'model_int8.onnx': embedded()['model_int8.onnx']!.subarray(0, 2 ** 20) }),
    searchWithIt,
  ),
  folder(
    'weights-outside',
    (a) => {
      const n = 4000
      a.writeOutside('weights.bin', Buffer.concat([tableBytes(Array.from({ length: n * 16 }, () => 0.25))]))
      return {
        ...embedded(),
        'model_int8.onnx': tableGraph({ table: [], shape: [n, 16], externalFile: '../outside/weights.bin' }),
      }
    },
    (a, directory) => {
      a.seal()
      return searchWithIt(a, directory)
    },
  ),
  folder(
    'weights-of-huge-shape',
    () => ({ ...embedded(), 'model_int8.onnx': tableGraph({ table: [1, 2], shape: [2 ** 40, 2 ** 20] }) }),
    searchWithIt,
  ),
  folder(
    'record-of-another-place',
    () => ({
      ...embedded(),
      'lateral-model.json': '{"id": "../../x", "files": [{"path": "../../outside/secret.ts"}]}',
    }),
    importIt,
  ),
  {
    kind: 'archives',
    name: 'archives/installed-record-names-files-outside',
    isQuick: false,
    async run(arena) {
      await imported(arena, EMBEDDED, [0])
      const record = path.join(arena.storage, 'models/me--hostile/lateral-model.json')
      const json = JSON.parse(readFileSync(record, 'utf8'))
      json.files = ['../../../outside/secret.ts', path.join(arena.outside, 'secret.ts')].map((each) => ({
        path: each,
        sizeBytes: 1,
        sha256: 'a'.repeat(64),
      }))
      writeFileSync(record, JSON.stringify(json))
      arena.seal()
      await arena.cli(['models', 'list'])
      await arena.cli(['models', 'verify'])
      await arena.cli(['models', 'remove', 'me/hostile', '--force'])
    },
  },
  {
    kind: 'archives',
    name: 'archives/model-folder-is-a-link',
    isQuick: false,
    async run(arena) {
      mkdirSync(path.join(arena.storage, 'models'), { recursive: true })
      symlinkSync(arena.outside, path.join(arena.storage, 'models/me--hostile'))
      const before = existing(arena.outside)
      await arena.cli(['models', 'import', EMBEDDED, '--id', 'me/hostile'])
      await arena.cli(['models', 'remove', 'me/hostile', '--force'])
      if (existing(arena.outside).join() !== before.join())
        arena.report('outside_writes', 'a linked folder has been changed')
    },
  },
]

export const archiveCases: HostileCase[] = [
  ...zips,
  ...tars,
  mutated('zip', () => zipOf([...zipEntries('a/'), deflated('README.md', Buffer.alloc(9000, 65))])),
  mutated('tar', () => tarOf(tarEntries())),
  mutated('tar-gz', () => withTar()),
  ...folders,
]
