import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { temporaryFolder, writeFiles } from './temporaryFolder.ts'

/** A line that lies outside of every folder that is searched. */
export const OUTSIDE_LINE = 'retry the outside'

/**
 * What a folder that somebody else made may hold in place of a file, by what a scan calls it. Each maker replaces what is
 * at that path. Not on Windows.
 */
export function strangeFiles(): { name: string; reason: string; put: (place: string) => void }[] {
  const outside = temporaryFolder()
  writeFiles(outside, { 'a.ts': `${OUTSIDE_LINE}\n`, 'folder/a.ts': `${OUTSIDE_LINE}\n` })
  const link = (target: string) => (place: string) => symlinkSync(target, place)
  const makers: [name: string, reason: string, put: (place: string) => void][] = [
    ['a link to a file outside', 'link', link(path.join(outside, 'a.ts'))],
    ['a link to a folder outside', 'link', link(path.join(outside, 'folder'))],
    ['a link to itself', 'link', link('.')],
    ['a link to nothing', 'link', link(path.join(outside, 'none'))],
    ['a link to /dev/zero', 'link', link('/dev/zero')],
    ['a link to /proc/self/environ', 'link', link('/proc/self/environ')],
    ['a FIFO', 'not-a-file', (place) => execFileSync('mkfifo', [place])],
    ['a sparse file of 1 TB', 'too-large', sparseFile],
    ['a folder', '', (place) => mkdirSync(place)],
  ]
  if (process.getuid?.() === 0)
    makers.push(['a device', 'not-a-file', (place) => execFileSync('mknod', [place, 'c', '1', '5'])])
  return makers.map(([name, reason, put]) => ({
    name,
    reason,
    put: (place) => {
      rmSync(place, { recursive: true, force: true })
      mkdirSync(path.dirname(place), { recursive: true })
      put(place)
    },
  }))
}

function sparseFile(place: string): void {
  const fd = openSync(place, 'w')
  ftruncateSync(fd, 2 ** 40)
  closeSync(fd)
}
