import { accessSync, constants, realpath, realpathSync, statSync } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { folderUnreadable } from '../contract/errorCodes.ts'

/** The folder with links resolved, so that every way to it leads to one index. `E_FOLDER` where it cannot be read. */
export function readableFolder(folder: string): string {
  try {
    const root = realpathSync(folder)
    if (!statSync(root).isDirectory()) throw new Error('not a folder')
    accessSync(root, constants.R_OK | constants.X_OK)
    return root
  } catch (error) {
    throw folderUnreadable(folder, error)
  }
}

/** `E_FOLDER` unless `root`, whose path had no links in it, is still a folder that can be read. Waits for slow disks. */
export async function checkRoot(root: string): Promise<void> {
  try {
    if ((await realPath(root)) !== root) throw new Error('a link to elsewhere')
    if (!(await stat(root)).isDirectory()) throw new Error('not a folder')
    await access(root, constants.R_OK | constants.X_OK)
  } catch (error) {
    throw folderUnreadable(root, error)
  }
}

/** The one of `node:fs/promises` asks the system, which spells some paths otherwise than `realpathSync`. */
const realPath = promisify(realpath)
