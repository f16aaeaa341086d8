import { chmodSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { claimFile, copyToOwn, narrowModes } from '../../../server/src/base/ownModes.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const modeOf = (place: string) => (lstatSync(place).mode & 0o7777).toString(8)

describe.skipIf(process.platform === 'win32')('modes of what is ours', () => {
  it('are narrowed, and never widened or followed through a link', () => {
    const [folder, outside] = [temporaryFolder(), temporaryFolder()]
    writeFiles(folder, { 'a/b.bin': '', 'a/read-only': '' })
    writeFiles(outside, { x: '' })
    symlinkSync(path.join(outside, 'x'), path.join(folder, 'link'))
    symlinkSync(outside, path.join(folder, 'a/folder'))
    for (const place of [folder, path.join(folder, 'a'), outside]) chmodSync(place, 0o755)
    chmodSync(path.join(folder, 'a/b.bin'), 0o666)
    chmodSync(path.join(folder, 'a/read-only'), 0o400)
    chmodSync(path.join(outside, 'x'), 0o644)
    narrowModes(folder)
    const modes = ['', 'a', 'a/b.bin', 'a/read-only'].map((name) => modeOf(path.join(folder, name)))
    expect(modes).toEqual(['700', '700', '600', '400'])
    expect([modeOf(outside), modeOf(path.join(outside, 'x'))]).toEqual(['755', '644'])
    narrowModes(path.join(folder, 'none'))
    narrowModes(path.join(folder, 'link'))
    narrowModes(path.join(folder, 'a/folder'))
    expect([modeOf(outside), modeOf(path.join(outside, 'x'))]).toEqual(['755', '644'])
  })

  it('hold for what libraries and copies would make with others', () => {
    const folder = temporaryFolder()
    const [from, to, made] = ['from', 'to', 'made'].map((name) => path.join(folder, name))
    const umask = process.umask(0)
    try {
      writeFileSync(from!, 'text', { mode: 0o666 })
      copyToOwn(from!, to!)
      claimFile(made!)
      claimFile(from!)
      mkdirSync(path.join(folder, 'folder'))
      claimFile(path.join(folder, 'folder'))
    } finally {
      process.umask(umask)
    }
    expect([modeOf(from!), modeOf(to!), modeOf(made!)]).toEqual(['666', '600', '600'])
  })
})
