import { lstat } from 'node:fs/promises'
import { WorkspaceFiles } from '../base/workspaceFiles.ts'
import { folderNotMounted, folderUnreadable } from '../contract/errorCodes.ts'

/**
 * Keeps a folder that goes away in the middle of a run from being taken for one whose files were deleted: what is missing
 * counts as missing only while the folder itself is there, and is the one that it was when the run began.
 */
export class RootCheck {
  private constructor(
    private readonly folder: string,
    private readonly identity: string,
    private readonly device: number,
  ) {}

  /** `folder`: a path without links. `E_FOLDER` where there is no such folder. */
  static async begin(folder: string): Promise<RootCheck> {
    const { identity, device } = await look(folder)
    return new RootCheck(folder, identity, device)
  }

  /** `E_FOLDER` unless the folder is still the same. */
  async check(): Promise<void> {
    if ((await look(this.folder)).identity !== this.identity) throw folderUnreadable(this.folder)
  }

  /**
   * `E_FOLDER` where there is nothing in the folder and it lies on another disk than `indexedDevice`, where its files were
   * when they were indexed: that is the place where a disk is mounted, without the disk.
   */
  async checkMounted(indexedDevice: number | undefined): Promise<void> {
    if (indexedDevice === undefined || indexedDevice === this.device) return
    const entries = await new WorkspaceFiles(this.folder).list('')
    if (typeof entries === 'string') throw folderUnreadable(this.folder, new Error(entries))
    if (entries.length === 0) throw folderNotMounted(this.folder)
  }
}

async function look(folder: string): Promise<{ identity: string; device: number }> {
  try {
    const stats = await lstat(folder)
    if (!stats.isDirectory()) throw new Error('not a folder')
    return { identity: `${stats.dev}:${stats.ino}`, device: stats.dev }
  } catch (error) {
    throw folderUnreadable(folder, error)
  }
}
