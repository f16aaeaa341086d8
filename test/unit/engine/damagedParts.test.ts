import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createHarness } from '../../support/sessionHarness.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'

const FILES = {
  'net/retry.go': 'package net\n\nfunc Retry() {\n\tconnect()\n\tbackoff()\n}\n',
  'auth/password.go': 'package auth\n\nfunc HashPassword() {\n\tbcrypt()\n\tsalt()\n}\n',
}

/** What comes to stand in the place of a part of an index. */
const DAMAGES: Record<string, (part: string) => void> = {
  'a folder': (part) => mkdirSync(path.join(part, 'inner'), { recursive: true }),
  'a pipe': (part) => void spawnSync('mkfifo', [part]),
  'an empty file': (part) => writeFileSync(part, ''),
  'a file of gigabytes': (part) => {
    writeFileSync(part, '')
    truncateSync(part, 1.5 * 2 ** 30)
  },
  'half of it': () => {},
}

/** Parts by name, and whether their loss costs vectors. */
const PARTS: Record<string, boolean> = {
  'catalog.sqlite': false,
  'folder.json': false,
  'models.json': false,
  'writer.lock': false,
  'writer.pid': false,
  'lexical/manifest.json': false,
  lexical: false,
  'vectors-/manifest.json': true,
  'vectors-': true,
}

describe.skipIf(process.platform === 'win32').each(Object.keys(DAMAGES))(
  'an index with %s in the place of',
  (damage) => {
    it.each(Object.entries(PARTS))(
      '%s is made whole, and encodes no more than was lost',
      async (name, costsVectors) => {
        const first = await createHarness()
        writeFiles(first.folder, FILES)
        await first.update()
        first.session.close()
        const { folder, directory } = first
        const store = readdirSync(directory).find((each) => each.startsWith('vectors-'))!
        const part = path.join(directory, name.replace('vectors-', store))
        const isFolder = !name.includes('.')
        if (isFolder && damage !== 'a pipe' && damage !== 'an empty file') return
        if (damage === 'half of it') {
          const isKept = existsSync(part) && !name.startsWith('writer')
          const bytes = isKept ? readFileSync(part) : Buffer.from('{ garbage')
          writeFileSync(part, bytes.subarray(0, bytes.length / 2))
        } else {
          rmSync(part, { recursive: true, force: true })
          DAMAGES[damage]!(part)
        }
        const again = await createHarness({ folder, directory })
        const { nUnitsEncoded } = await again.update()
        expect(nUnitsEncoded).toBe(costsVectors ? 2 : 0)
        expect(again.session.stats()).toMatchObject({ nFiles: 2, nPendingFiles: 0, isWriter: true })
        expect((await again.search('bcrypt salt'))[0]?.name).toBe('HashPassword')
        again.session.close()
        const third = await createHarness({ folder, directory })
        expect(await third.update()).toMatchObject({ nUnitsEncoded: 0, nFilesChanged: 0 })
      },
    )
  },
)

describe('an index whose folder goes away under its writer', () => {
  it('is written anew where it is gone for good, and gone on with where it comes back', async () => {
    const harness = await createHarness()
    writeFiles(harness.folder, FILES)
    await harness.update()
    const { directory } = harness
    renameSync(directory, `${directory}.away`)
    expect((await harness.search('bcrypt salt'))[0]?.name).toBe('HashPassword')
    renameSync(`${directory}.away`, directory)
    expect(await harness.update()).toMatchObject({ nUnitsEncoded: 0, nFilesChanged: 0 })
    rmSync(directory, { recursive: true })
    expect(await harness.update()).toMatchObject({ nUnitsEncoded: 2, nFilesChanged: 2 })
    harness.reopen()
    expect(await harness.update()).toMatchObject({ nUnitsEncoded: 0, nFilesChanged: 0 })
  })
})
