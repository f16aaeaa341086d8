import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { LiveText } from '../../../server/src/engine/liveText.ts'
import { repositoryIdentity } from '../../../server/src/engine/repositoryIdentity.ts'
import { scanTexts } from '../../../server/src/engine/textScan.ts'
import { parseQuery } from '../../../server/src/search/query.ts'
import { createHarness } from '../../support/sessionHarness.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

/**
 * A thread exchanges files and folders for links that lead outside, for FIFOs and for devices, as fast as it can, while
 * the folder is indexed and searched: nothing from outside is ever in what is encoded, found or shown, and nothing hangs.
 */
describe.skipIf(process.platform === 'win32')('files that are exchanged while they are read', () => {
  it('show nothing from outside and keep nobody waiting', { timeout: 60_000 }, async () => {
    const outside = temporaryFolder()
    const secret = 'func Retry() {\n\tsecretOutside()\n\tbackoff()\n}\n'
    const inside = 'func Retry() {\n\tconnectInside()\n\tbackoff()\n}\n'
    writeFiles(outside, {
      'a.go': secret,
      'sub/a.go': secret,
      'sub/secret.go': secret,
      '.gitignore': 'secret*',
      config: SECRET_REMOTE,
    })
    const harness = await createHarness()
    const { folder } = harness
    const files = Object.fromEntries(['a.go', 'x/sub/a.go', 'x/sub/b.go', 'y/a.go'].map((file) => [file, inside]))
    writeFiles(folder, { ...files, 'x/.gitignore': 'none', '.git/config': '[core]\n' })
    await harness.update()

    const store = temporaryFolder()
    const places = ['a.go', 'x', 'x/sub', 'x/sub/a.go', 'y/a.go', 'x/.gitignore', '.git/config']
    const impostors = places.map((_, i) => {
      const own = path.join(store, String(i))
      mkdirSync(own)
      symlinkSync(path.join(outside, 'a.go'), path.join(own, 'file'))
      symlinkSync(outside, path.join(own, 'folder'))
      symlinkSync(path.join(outside, 'sub'), path.join(own, 'sub'))
      symlinkSync(path.join(outside, 'config'), path.join(own, 'config'))
      symlinkSync('/dev/zero', path.join(own, 'zero'))
      execFileSync('mkfifo', [path.join(own, 'fifo')])
      if (process.getuid?.() === 0) execFileSync('mknod', [path.join(own, 'device'), 'c', '1', '5'])
      return own
    })
    const worker = new Worker(EXCHANGE, { eval: true, workerData: { folder, places, impostors } })
    try {
      const identity = repositoryIdentity(folder)
      const live = new LiveText(folder, { outlines: (paths) => harness.index.outlines({ paths }) })
      const shown: string[] = []
      let longestMs = 0
      for (let n = 0, untilMs = performance.now() + 2000; performance.now() < untilMs; n++) {
        const startedMs = performance.now()
        if (n % 10 === 0) await harness.update(n % 20 === 0 ? {} : { paths: ['a.go', 'x', 'y/a.go'] })
        const hits = await harness.search('Retry secretOutside connectInside backoff')
        shown.push(...(await live.complete(hits, 'secretOutside')).map((hit) => `${hit.path} ${hit.snippet}`))
        for (let i = 0; i < 50; i++) {
          const found = scanTexts({ ...SCAN, folder, openTexts: new Map(), shared: new Int32Array(3) }, () => 0)
          expect(found.chosen.length).toBe(0)
        }
        if (n % 10 === 5) expect(repositoryIdentity(folder)).toEqual(identity)
        longestMs = Math.max(longestMs, performance.now() - startedMs)
      }
      const known = (await harness.index.files({})).map((file) => file.path)
      expect([...harness.encoded, ...shown, ...known].filter((text) => /secret/i.test(text))).toEqual([])
      expect(shown.length).toBeGreaterThan(0)
      expect(longestMs).toBeLessThan(10_000)
    } finally {
      await worker.terminate()
    }
  })
})

const SECRET_REMOTE = '[remote "origin"]\n\turl = https://example.org/secret\n'

const PATHS = ['a.go', 'x/sub/a.go', 'x/sub/b.go', 'x/sub/secret.go', 'y/a.go', '../a.go']
const SCAN = {
  conditions: parseQuery('"secretOutside"').conditions,
  places: {
    paths: PATHS,
    contentHashes: [],
    stats: [],
    path: Uint32Array.from(PATHS, (_, i) => i),
    startLine: new Uint32Array(PATHS.length).fill(1),
    endLine: new Uint32Array(PATHS.length).fill(4),
  },
  // Whatever the index has read of them.
  present: PATHS.map((_, i) => i),
  maxFileSizeBytes: 1_000_000,
  stopAfter: 9,
  budgetMs: 5000,
}

/** Each exchange is two renames there and two back: at any moment one of the two is in place, or neither. */
const EXCHANGE = `
  const { existsSync, readdirSync, renameSync } = require('node:fs')
  const { workerData } = require('node:worker_threads')
  const { folder, places, impostors } = workerData
  let seed = 1
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n
  for (;;) {
    const i = random(places.length)
    const place = folder + '/' + places[i]
    const kinds = readdirSync(impostors[i])
    const impostor = impostors[i] + '/' + kinds[random(kinds.length)]
    renameSync(place, place + '.kept')
    renameSync(impostor, place)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, random(10) / 10)
    renameSync(place, impostor)
    renameSync(place + '.kept', place)
  }
`
