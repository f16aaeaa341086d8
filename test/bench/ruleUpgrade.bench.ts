import { execFile } from 'node:child_process'
import { cp, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { openDatabase } from '../../server/src/index/sqlite.ts'
import { root } from './corpus.ts'
import { report } from './report.ts'

/**
 * When a new version opens an index that an older one made, how much of it is encoded again?
 * `--commit ID` is the older version, built in a temporary folder from this repository's own history; `--corpus DIR` a
 * folder of which a copy is indexed (this repository's chunker, ingestion and fixtures where absent).
 *
 * `upgrade_encoded_share`: units that the upgrade encodes, as a share of the texts that the older version has not;
 * 1 is only those. `upgrade_encoded_share_of_all`: the same of all units. `older_hits`: those of the older version in the
 * index that the newer one has upgraded. `encoded_back_and_forth`: units that both encode when they update it once more, in
 * turn: there is no new text.
 */
const { values } = parseArgs({
  options: {
    commit: { type: 'string', default: 'b00c3d2' },
    corpus: { type: 'string' },
    json: { type: 'boolean' },
  },
})
const PARTS = ['server/src/chunk', 'server/src/ingest', 'test/fixtures']
const run = promisify(execFile)
const env = { ...process.env, ORT_DISABLE_TELEMETRY: '1' }
const temporary = await realpath(await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-')))
const older = path.join(temporary, 'older')
const corpus = path.join(temporary, 'corpus')
const storage = path.join(temporary, 'storage')

async function lateral(checkout: string, ...args: string[]): Promise<Record<string, unknown>> {
  const cli = path.join(checkout, 'server/dist/cli.js')
  const given = [cli, ...args, '--storage', storage, '--json']
  const { stdout } = await run(process.execPath, given, { cwd: corpus, env, maxBuffer: 1 << 28, timeout: 30 * 60_000 })
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

const index = async (checkout: string) => Number((await lateral(checkout, 'index', corpus)).nUnitsEncoded)

async function fromCatalog<T>(read: (database: ReturnType<typeof openDatabase>) => T): Promise<T> {
  const { stdout } = await run('find', [storage, '-name', 'catalog.sqlite'])
  const database = openDatabase(stdout.trim(), { readOnly: true })
  try {
    return read(database)
  } finally {
    database.close()
  }
}

/** Texts of units, each once, by space and key. */
const textsOf = () =>
  fromCatalog((database) => {
    const rows = database.prepare('SELECT space, body_key FROM units').all()
    return new Set(rows.map((row) => `${row.space} ${row.body_key}`))
  })

/** Files that were cut by rules of which the index has the version. */
const nFilesCut = () =>
  fromCatalog((database) => Number(database.prepare('SELECT count(rules) AS n FROM files').get()!.n))

async function hasHistory(): Promise<boolean> {
  return run('git', ['-C', root, 'cat-file', '-e', `${values.commit}^{commit}`]).then(
    () => true,
    () => false,
  )
}

try {
  if (!(await hasHistory())) {
    console.log(`The history of this checkout has no ${values.commit}: there is nothing to compare with.`)
    report({ bench: 'ruleUpgrade', corpus: 'none', figures: {} })
  } else {
    await run('git', ['clone', '--quiet', '--shared', '--no-checkout', root, older])
    await run('git', ['-C', older, 'checkout', '--quiet', values.commit])
    await symlink(path.join(root, 'node_modules'), path.join(older, 'node_modules'))
    await run(process.execPath, ['esbuild.mjs'], { cwd: older, timeout: 5 * 60_000 })
    const parts = values.corpus ? [path.resolve(values.corpus)] : PARTS.map((part) => path.join(root, part))
    for (const part of parts) {
      await cp(part, values.corpus ? corpus : path.join(corpus, path.relative(root, part)), { recursive: true })
    }
    await index(older)
    const before = await textsOf()
    const nEncoded = await index(root)
    const after = await textsOf()
    const nCut = await nFilesCut()
    const nNew = [...after].filter((text) => !before.has(text)).length
    const found = await lateral(older, 'search', 'cut a file into units', corpus, '--no-update')
    const backAndForth = (await index(older)) + (await index(root))
    report({
      bench: 'ruleUpgrade',
      corpus: values.corpus ?? PARTS.join(', '),
      figures: {
        upgrade_encoded_share: nNew === 0 ? 1 + nEncoded : nEncoded / nNew,
        upgrade_encoded_share_of_all: nEncoded / after.size,
        files_cut_again: nCut,
        texts: after.size,
        new_texts: nNew,
        encoded: nEncoded,
        older_hits: (found.hits as unknown[]).length,
        encoded_back_and_forth: backAndForth,
      },
    })
  }
} finally {
  await rm(temporary, { recursive: true, force: true })
}
