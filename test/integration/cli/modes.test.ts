import { spawnSync } from 'node:child_process'
import { chmodSync, lstatSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { engineOn, PROJECT } from '../../support/engineHarness.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'
import { LspClient } from '../lsp/client.ts'

/** Processes that are started here inherit it. */
const umask = process.umask()
afterEach(() => void process.umask(umask))

const root = path.resolve(import.meta.dirname, '../../..')

/** What lies below the folder, itself included, and others may read, write or enter. */
function openToOthers(folder: string): string[] {
  return ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]
    .map((name) => ({ name, mode: lstatSync(path.join(folder, name)).mode }))
    .filter(({ mode }) => (mode & 0o077) !== 0)
    .map(({ name, mode }) => `${name} ${(mode & 0o777).toString(8)}`)
}

const namesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => path.basename(name))

describe.skipIf(process.platform === 'win32')('All that Lateral writes is for its user alone', () => {
  it.each([0o000, 0o022, 0o077])(
    'whatever the command line is started with: umask %o',
    { timeout: 60_000 },
    async (mask) => {
      const parent = temporaryFolder()
      const [folder, storage] = [path.join(parent, 'project'), path.join(parent, 'storage')]
      writeFiles(folder, PROJECT)
      process.umask(mask)
      const env = { ...process.env, TMPDIR: temporaryFolder() }
      const lateral = (...args: string[]) => {
        const cli = [path.join(root, 'server/dist/cli.js'), ...args, '--storage', storage]
        const { status, stderr } = spawnSync(process.execPath, cli, { env, encoding: 'utf8', timeout: 50_000 })
        expect([args[0], status, status === 0 ? '' : stderr]).toEqual([args[0], 0, ''])
        expect([args[0], ...openToOthers(storage)]).toEqual([args[0]])
      }
      if (mask === 0) lateral('index', folder)
      lateral('search', 'retry with a pause', folder)
      if (mask === 0) lateral('models', 'import', path.join(root, 'models/embedded'), '--id', 'my/model')
      expect(namesBelow(storage)).toEqual(expect.arrayContaining(['catalog.sqlite', 'writer.lock', 'manifest.json']))
    },
  )

  it('while it is at work, too, in the editor as in a process of others', { timeout: 60_000 }, async () => {
    process.umask(0)
    const { folder, storage, open, write } = await engineOn(PROJECT)
    const opened = await open()
    await opened.build()
    write({ 'more.py': 'def more(): pass\n' })
    await opened.build({ paths: ['more.py'] })
    chmodSync(storage, 0o700)
    expect(namesBelow(storage)).toEqual(
      expect.arrayContaining(['catalog.sqlite-wal', 'writer.lock-journal', 'writer.pid']),
    )
    expect(openToOthers(storage)).toEqual([])

    const own = path.join(temporaryFolder(), 'data')
    const client = await LspClient.start({ folders: [folder], storageDirectory: own })
    try {
      await client.untilPhase('ready')
      expect(namesBelow(own)).toEqual(expect.arrayContaining(['catalog.sqlite', 'writer.lock']))
      expect(openToOthers(own)).toEqual([])
    } finally {
      await client.stop()
    }
  })

  it('also where a version before has left it open, once it is written again', { timeout: 60_000 }, async () => {
    const { folder, storage, open } = await engineOn(PROJECT)
    const first = await open()
    await first.build()
    await first.close()
    for (const name of readdirSync(storage, { recursive: true, encoding: 'utf8' })) {
      const place = path.join(storage, name)
      chmodSync(place, lstatSync(place).isDirectory() ? 0o777 : 0o666)
    }
    expect(openToOthers(storage).length).toBeGreaterThan(5)
    const second = await engineOn({}, { folder, storage })
    await second.open()
    expect(openToOthers(storage)).toEqual([])
  })
})
