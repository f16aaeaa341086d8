import type { WorkspaceFolder as ProtocolFolder } from 'vscode-languageserver/node'
import { relativeTo, toPath } from './convert.ts'
import type { TextReceiver } from './documents.ts'
import type { SettingsSource } from './settings.ts'
import { type FolderDependencies, WorkspaceFolder } from './workspaceFolder.ts'

/** The workspace's folders, each with settings of its own; routes files to the folder that holds them. */
export class Folders implements TextReceiver {
  readonly #folders = new Map<string, WorkspaceFolder>()

  constructor(
    readonly settings: SettingsSource,
    readonly dependencies: FolderDependencies,
  ) {}

  all(): WorkspaceFolder[] {
    return [...this.#folders.values()]
  }

  /** The folders named by `uris`, or all. Unknown names are left out. */
  select(uris?: string[]): WorkspaceFolder[] {
    return uris ? this.all().filter((folder) => uris.includes(folder.uri)) : this.all()
  }

  /** The innermost folder that holds the file, and the file's path in it. */
  locate(uri: string): { folder: WorkspaceFolder; path: string } | undefined {
    const absolutePath = toPath(uri)
    if (absolutePath === undefined) return undefined
    let best: { folder: WorkspaceFolder; path: string } | undefined
    for (const folder of this.#folders.values()) {
      const path = relativeTo(folder.path, absolutePath)
      if (path !== undefined && (!best || path.length < best.path.length)) best = { folder, path }
    }
    return best
  }

  async add(folders: ProtocolFolder[]): Promise<void> {
    await Promise.all(
      folders.map(async ({ uri, name }) => {
        const path = toPath(uri)
        if (path === undefined || this.#folders.has(uri)) return
        const folder = new WorkspaceFolder(uri, name, path, this.dependencies)
        this.#folders.set(uri, folder)
        await folder.apply(await this.settings.read(uri))
      }),
    )
  }

  async remove(uris: string[]): Promise<void> {
    const folders = this.select(uris)
    for (const folder of folders) this.#folders.delete(folder.uri)
    await Promise.all(folders.map((folder) => folder.close()))
    this.dependencies.onDidChangeState()
  }

  /** Asks for every folder's settings again and applies them. */
  async settingsChanged(): Promise<void> {
    await Promise.all(this.all().map(async (folder) => folder.apply(await this.settings.read(folder.uri))))
  }

  setOpenText(uri: string, text: string | undefined): void {
    const found = this.locate(uri)
    found?.folder.engineFolder?.setOpenText(found.path, text)
  }

  saved(uri: string): void {
    const found = this.locate(uri)
    found?.folder.fileSaved(found.path)
  }
}
