import { spawnSync } from 'node:child_process'
import { onTestFinished } from 'vitest'

/** `folder` can be read and not written until the test ends; false where this process may not arrange that. */
export function makeReadOnly(folder: string): boolean {
  if (process.platform === 'win32') return false
  if (process.getuid?.() !== 0) {
    spawnSync('chmod', ['-R', 'a-w', folder])
    onTestFinished(() => void spawnSync('chmod', ['-R', 'u+w', folder]))
    return true
  }
  // Permissions do not bind root: a read-only mount does.
  if (spawnSync('mount', ['--bind', folder, folder]).status !== 0) return false
  onTestFinished(() => void spawnSync('umount', ['-l', folder]))
  return spawnSync('mount', ['-o', 'remount,ro,bind', folder]).status === 0
}
