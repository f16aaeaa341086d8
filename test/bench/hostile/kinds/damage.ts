import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { crc32 } from '../../../../server/src/base/crc32.ts'
import { type Database, openDatabase } from '../../../../server/src/index/sqlite.ts'
import { type Arena, ORDINARY, ORDINARY_TEXT } from '../arena.ts'
import { LINE_START, OUTSIDE_TEXT } from '../oracles.ts'
import type { HostileCase } from '../types.ts'

interface Options {
  isQuick?: boolean
  /** Where the answer may be an error with a name, such as of a newer format. */
  mayLose?: boolean
}

/** An index that was good, damaged, and then searched as it is, searched, and shown. */
function damaged(
  name: string,
  damage: (index: string, arena: Arena) => void,
  { isQuick = false, mayLose = false }: Options = {},
): HostileCase {
  return {
    kind: 'damage',
    name: `damage/${name}`,
    isQuick,
    async run(arena) {
      const folder = await goodIndex(arena)
      damage(arena.index(), arena)
      arena.seal()
      await arena.cli(['search', QUESTION, folder, '--no-update'])
      const { stdout } = await arena.cli(['search', QUESTION, folder])
      if (!mayLose && !stdout.includes(ORDINARY))
        arena.report('lost_answers', 'the ordinary file is not found any more')
      await arena.cli(['status', folder])
    },
  }
}
const QUESTION = 'ledger of harbour dues'

/** The same folder for all, so that its index is made once and copied. */
async function goodIndex(arena: Arena): Promise<string> {
  const folder = path.join(arena.shared, 'tree')
  const storage = path.join(arena.shared, 'storage')
  if (!existsSync(storage)) {
    mkdirSync(path.join(folder, 'more'), { recursive: true })
    writeFileSync(path.join(folder, 'ordinary.ts'), ORDINARY_TEXT)
    for (let i = 0; i < 30; i++)
      writeFileSync(
        path.join(folder, `more/m${i}.ts`),
        `/** Mast ${i}. */\nexport function mast${i}() {\n  return ${i}\n}\n`,
      )
    await arena.cli(['index', folder, '--storage', storage])
  }
  cpSync(storage, arena.storage, { recursive: true })
  return folder
}

const ways: Record<string, (file: string, arena: Arena) => void> = {
  'cut-in-half': (file) => truncateSync(file, statSync(file).size >> 1),
  emptied: (file) => truncateSync(file, 0),
  flipped: (file, { random }) => {
    const bytes = readFileSync(file)
    for (let i = 0; i < 3; i++) bytes[Math.floor(random() * bytes.byteLength)]! ^= 1 << Math.floor(random() * 8)
    writeFileSync(file, bytes)
  },
  garbage: (file, { random }) =>
    writeFileSync(file, Buffer.from(Array.from({ length: 5000 }, () => Math.floor(random() * 256)))),
  gone: (file) => rmSync(file, { recursive: true }),
  'a-folder': (file) => {
    rmSync(file)
    mkdirSync(path.join(file, 'in'), { recursive: true })
  },
  'a-fifo': (file) => {
    rmSync(file)
    execFileSync('mknod', [file, 'p'])
  },
  'a-link-outside': (file, arena) => {
    // The storage folder is the user's own, and may hold links: what is read there must go nowhere.
    arena.mayReadOutside = true
    rmSync(file)
    symlinkSync(path.join(arena.outside, 'secret.ts'), file)
  },
  'a-link-to-itself': (file) => {
    rmSync(file)
    symlinkSync(file, file)
  },
  'a-device': (file) => {
    rmSync(file)
    execFileSync('mknod', [file, 'c', '1', '5'])
  },
}

/** Each part of an index by the way it is found. */
const PARTS: Record<string, (index: string) => string> = {
  catalog: (index) => path.join(index, 'catalog.sqlite'),
  origin: (index) => path.join(index, 'folder.json'),
  models: (index) => path.join(index, 'models.json'),
  lock: (index) => path.join(index, 'writer.lock'),
  'words-manifest': (index) => path.join(index, 'lexical/manifest.json'),
  words: (index) => only(path.join(index, 'lexical'), '.lex'),
  'vectors-manifest': (index) => path.join(vectorsOf(index), 'manifest.json'),
  vectors: (index) => only(vectorsOf(index), '.vec', '.spool'),
  codec: (index) => only(vectorsOf(index), '.codec', '.spool'),
}
const vectorsOf = (index: string) => path.join(index, readdirSync(index).find((name) => name.startsWith('vectors-'))!)
const only = (directory: string, ...endings: string[]) =>
  path.join(directory, endings.flatMap((ending) => readdirSync(directory).filter((name) => name.endsWith(ending)))[0]!)

const QUICK = new Set(['catalog-flipped', 'words-cut-in-half', 'vectors-manifest-a-fifo', 'origin-a-link-outside'])

const parts: HostileCase[] = Object.entries(PARTS).flatMap(([part, find]) =>
  Object.entries(ways).map(([way, damage]) => {
    const name = `${part}-${way}`
    return damaged(
      name,
      (index, arena) => {
        const file = find(index)
        // The lock's file is there only while somebody writes.
        if (!existsSync(file)) writeFileSync(file, '')
        damage(file, arena)
      },
      { isQuick: QUICK.has(name) },
    )
  }),
)

/** Rewrites a manifest with its checksum as it should be. */
function rewrite(
  file: string,
  change: (manifest: Record<string, unknown> & { segments: Record<string, unknown>[] }) => void,
): void {
  const { checksum: _, ...manifest } = JSON.parse(readFileSync(file, 'utf8'))
  change(manifest)
  writeFileSync(
    file,
    `${JSON.stringify({ ...manifest, checksum: crc32(Buffer.from(JSON.stringify(manifest))) }, null, 1)}\n`,
  )
}
const manifestOf = (index: string, which: string) =>
  (which === 'words' ? PARTS['words-manifest']! : PARTS['vectors-manifest']!)(index)

const MANIFESTS: Record<
  string,
  (manifest: Record<string, unknown> & { segments: Record<string, unknown>[] }, arena: Arena) => void
> = {
  'that-names-a-file-outside': (m, { outside }) => {
    m.segments = [{ file: path.join(outside, 'secret.ts'), nDocs: 1, nTokens: 1, sizeBytes: 1 }]
  },
  'that-climbs-out': (m) => {
    for (const segment of m.segments) segment.file = '../../../../outside/secret.ts'
    m.spools = [{ file: '../../../../outside/secret.ts', nDocs: 1, nTokens: 1, sizeBytes: 1 }]
    m.codec = '../../../../outside/secret.ts'
  },
  'that-names-devices': (m) => {
    for (const segment of m.segments) segment.file = '../../../../../../../../dev/zero'
    m.codec = '/dev/zero'
  },
  'of-huge-counts': (m) => {
    for (const segment of m.segments) Object.assign(segment, { nDocs: 2 ** 40, nTokens: 2 ** 50, sizeBytes: 2 ** 52 })
  },
  'of-negative-counts': (m) => {
    for (const segment of m.segments) Object.assign(segment, { nDocs: -1, nTokens: -5, sizeBytes: -9 })
    m.nextFileNumber = -1
  },
  'of-wrong-types': (m) => {
    for (const segment of m.segments) Object.assign(segment, { file: { a: 1 }, nDocs: 'x', nTokens: null })
    m.nextFileNumber = '1e9'
    m.generation = []
  },
  'of-a-hundred-thousand-segments': (m) => {
    m.segments = Array.from({ length: 100_000 }, (_, i) => ({ file: `${i}.lex`, nDocs: 1, nTokens: 1, sizeBytes: 1 }))
  },
  'of-the-same-segment-often': (m) => {
    m.segments = Array.from(
      { length: 3000 },
      () => m.segments[0] ?? { file: '000001.lex', nDocs: 1, nTokens: 1, sizeBytes: 1 },
    )
  },
}

const manifests: HostileCase[] = ['words', 'vectors'].flatMap((which) =>
  Object.entries(MANIFESTS).map(([name, change]) =>
    damaged(
      `${which}-manifest-${name}`,
      (index, arena) => {
        // Where a path that climbs out ends, there is something to be read or deleted.
        mkdirSync(path.join(arena.folder, 'outside'), { recursive: true })
        rewrite(manifestOf(index, which), (manifest) => change(manifest, arena))
      },
      { isQuick: which === 'words' && name === 'that-climbs-out' },
    ),
  ),
)

/** A catalog that is good SQLite and says what no index of ours says. */
function catalog(name: string, change: (database: Database, arena: Arena) => void, options: Options = {}): HostileCase {
  return damaged(
    `catalog-${name}`,
    (index, arena) => {
      const database = openDatabase(PARTS.catalog!(index), { journal: 'delete' })
      try {
        change(database, arena)
      } finally {
        database.close()
      }
    },
    options,
  )
}

const rename = (database: Database, to: string) => {
  database.prepare("UPDATE files SET path = ? WHERE path = 'more/m1.ts'").run(to)
}

const catalogs: HostileCase[] = [
  catalog(
    'that-names-a-file-outside',
    (database, a) => {
      writeFileSync(path.join(a.shared, 'beside.ts'), OUTSIDE_TEXT)
      rename(database, '../beside.ts')
      database.exec("UPDATE units SET start_line = 1, end_line = 4, name = 'beside'")
    },
    { isQuick: true, mayLose: true },
  ),
  catalog('of-absolute-paths', (database, a) => rename(database, path.join(a.outside, 'secret.ts'))),
  catalog('of-paths-that-climb', (database, a) => {
    writeFileSync(path.join(a.shared, 'beside.ts'), OUTSIDE_TEXT)
    rename(database, 'more/../../beside.ts')
  }),
  catalog('of-empty-paths', (database) => rename(database, '')),
  catalog('of-paths-with-controls', (database) => rename(database, `\u001b[31m\n${LINE_START}\u0000\u202e`)),
  catalog(
    'of-names-with-controls',
    (database) => {
      database.exec(
        `UPDATE units SET name = name || char(27) || '[31m' || char(10) || '${LINE_START}' || char(8238), container = char(155)`,
      )
    },
    { mayLose: true },
  ),
  catalog(
    'of-huge-lines',
    (database) => database.exec('UPDATE units SET start_line = 1, end_line = 4000000000, name_line = 2147483648'),
    { mayLose: true },
  ),
  catalog(
    'of-negative-lines',
    (database) => database.exec('UPDATE units SET start_line = -5, end_line = -9, name_line = 0'),
    { mayLose: true },
  ),
  catalog('of-unknown-kinds', (database) => database.exec("UPDATE units SET kind = 'spaceship', space = 'outer'"), {
    mayLose: true,
  }),
  catalog(
    'of-other-types',
    (database) =>
      database.exec(
        "UPDATE units SET start_line = 'x', body_key = x'00ff', name = 5; UPDATE files SET size_bytes = 'y', content_hash = 7",
      ),
    { mayLose: true },
  ),
  catalog('of-bad-keys', (database) => database.exec("UPDATE units SET body_key = '../../../x', context_key = ''"), {
    mayLose: true,
  }),
  catalog('of-a-newer-version', (database) => database.exec('PRAGMA user_version = 99'), { mayLose: true }),
  catalog('of-a-negative-version', (database) => database.exec('PRAGMA user_version = -7'), { mayLose: true }),
  catalog('without-tables', (database) => database.exec('DROP TABLE units; DROP TABLE files')),
  catalog('of-other-columns', (database) => database.exec('DROP TABLE units; CREATE TABLE units (a, b)')),
  catalog('of-a-view-without-end', (database) => {
    database.exec('DROP TABLE units; ALTER TABLE files RENAME TO files_kept')
    database.exec(
      `CREATE VIEW files AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c) SELECT id, 'f' || id AS path, 1 AS size_bytes, 1 AS mtime_ms, 'x' AS content_hash, 'typescript' AS language, 'indexed' AS outcome FROM c`,
    )
  }),
  catalog(
    'of-triggers',
    (database) => {
      database.exec(
        "CREATE TRIGGER t AFTER INSERT ON files BEGIN DELETE FROM files; DELETE FROM units; END; CREATE TRIGGER u AFTER UPDATE ON files BEGIN SELECT raise(ABORT, 'evil'); END",
      )
    },
    { mayLose: true },
  ),
  catalog(
    'of-a-million-units',
    (database) => {
      database.exec(
        `INSERT INTO units SELECT NULL, file_id, kind, name, container, start_line, end_line, name_line, space, body_key, context_key FROM units, (WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5000) SELECT i FROM c)`,
      )
    },
    { mayLose: true },
  ),
]

const others: HostileCase[] = [
  damaged('swapped-with-another-index', (index, a) => {
    const other = path.join(a.folder, 'other')
    cpSync(index, other, { recursive: true })
    // Words as vectors and vectors as words.
    copyFileSync(PARTS.words!(other), PARTS.vectors!(index))
    copyFileSync(PARTS.vectors!(other), PARTS.words!(index))
  }),
  damaged('manifests-swapped', (index) => {
    const [words, vectors] = [manifestOf(index, 'words'), manifestOf(index, 'vectors')]
    const kept = readFileSync(words)
    copyFileSync(vectors, words)
    writeFileSync(vectors, kept)
  }),
  damaged('words-header-of-huge-counts', (index) => {
    const file = PARTS.words!(index)
    const bytes = readFileSync(file)
    for (const at of [8, 12, 16, 20]) bytes.writeUInt32LE(0xfffffff0, at)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)) >>> 0, bytes.byteLength - 4)
    writeFileSync(file, bytes)
  }),
  damaged('vectors-header-of-huge-size', (index) => {
    const file = PARTS.vectors!(index)
    const bytes = readFileSync(file)
    bytes.writeUInt32LE(0xfffffff0, 8)
    writeFileSync(file, bytes)
  }),
  damaged('vectors-of-huge-counts', (index) =>
    headerOf(PARTS.vectors!(index), (meta) => Object.assign(meta, { nDocs: 2 ** 31, nTokens: 2 ** 33, dim: 65_536 })),
  ),
  damaged('vectors-of-no-dimension', (index) =>
    headerOf(PARTS.vectors!(index), (meta) => Object.assign(meta, { dim: 0, nDocs: 0 })),
  ),
  damaged('journal-of-garbage', (index, { random }) => {
    const bytes = Buffer.from(Array.from({ length: 40_000 }, () => Math.floor(random() * 256)))
    writeFileSync(path.join(index, 'catalog.sqlite-wal'), bytes)
    writeFileSync(path.join(index, 'catalog.sqlite-shm'), bytes)
  }),
  damaged('rollback-journal-that-names-others', (index, a) => {
    writeFileSync(
      path.join(index, 'catalog.sqlite-journal'),
      Buffer.concat([Buffer.from('d9d505f920a163d7', 'hex'), Buffer.from(a.outside)]),
    )
  }),
  damaged('origin-of-another-folder', (index, a) => {
    writeFileSync(PARTS.origin!(index), JSON.stringify({ formatVersion: 1, folder: a.outside, repository: ['x'] }))
  }),
  damaged('origin-of-ten-million-names', (index) => {
    writeFileSync(
      PARTS.origin!(index),
      `{"formatVersion":1,"folder":"/x","repository":[${'"aaaa",'.repeat(2_000_000)}"b"]}`,
    )
  }),
  damaged('hostile-sibling', (index, a) => {
    const sibling = path.join(path.dirname(index), 'tree-sibling')
    cpSync(index, sibling, { recursive: true })
    rewrite(manifestOf(sibling, 'vectors'), (m) => {
      m.segments = [{ file: '../../../../outside/secret.ts', nDocs: 1, nTokens: 1, sizeBytes: 1 }]
      m.codec = path.join(a.outside, 'secret.ts')
    })
    rmSync(manifestOf(index, 'vectors'))
  }),
  damaged('stored-models-elsewhere', (index, a) => {
    const text = readFileSync(PARTS.models!(index), 'utf8').replaceAll(/"name": "[^"]*"/g, `"name": "${a.outside}"`)
    writeFileSync(PARTS.models!(index), text.replaceAll(/"fingerprint": "[^"]*"/g, '"fingerprint": "../../../outside"'))
  }),
  damaged('files-of-no-meaning', (index) => {
    for (let i = 0; i < 3000; i++)
      writeFileSync(path.join(index, 'lexical', `${String(i + 500).padStart(6, '0')}.lex`), 'x')
    mkdirSync(path.join(index, 'vectors-../x'.replace('../', '__')), { recursive: true })
  }),
  damaged('words-folder-is-a-link', (index, a) => {
    renameSync(path.join(index, 'lexical'), path.join(a.outside, 'lexical'))
    symlinkSync(path.join(a.outside, 'lexical'), path.join(index, 'lexical'))
    a.mayReadOutside = true
  }),
  damaged('words-folder-is-a-file', (index) => {
    rmSync(path.join(index, 'lexical'), { recursive: true })
    writeFileSync(path.join(index, 'lexical'), 'x')
  }),
  damaged(
    'index-folder-is-a-file',
    (index) => {
      rmSync(index, { recursive: true })
      writeFileSync(index, 'x')
    },
    { mayLose: true },
  ),
  damaged(
    'index-folder-is-a-link-to-itself',
    (index) => {
      rmSync(index, { recursive: true })
      symlinkSync(index, index)
    },
    { mayLose: true },
  ),
  damaged('nothing-may-be-read', (index) => {
    for (const name of readdirSync(index)) chmodSync(path.join(index, name), 0)
  }),
  damaged('words-that-grow-without-end', (index) => {
    const fd = openSync(PARTS.words!(index), 'r+')
    ftruncateSync(fd, 40 * 2 ** 30)
    closeSync(fd)
  }),
]

/** Rewrites the JSON of a section file's header in its place, with its checksum. */
function headerOf(file: string, change: (meta: Record<string, unknown>) => void): void {
  const bytes = readFileSync(file)
  const length = bytes.readUInt32LE(8)
  const header = JSON.parse(bytes.toString('latin1', 16, 16 + length))
  change(header.meta)
  const text = Buffer.from(JSON.stringify(header).padEnd(length), 'latin1')
  const fixed = Buffer.from(bytes.subarray(0, 16))
  fixed.writeUInt32LE(text.byteLength, 8)
  fixed.writeUInt32LE(crc32(text) >>> 0, 12)
  writeFileSync(file, Buffer.concat([fixed, text, bytes.subarray(16 + length)]))
}

export const damageCases: HostileCase[] = [...parts, ...manifests, ...catalogs, ...others]
