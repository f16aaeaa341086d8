import type { ClientCapabilities, Connection } from 'vscode-languageserver/node'
import type { Log } from '../base/log.ts'
import { parseSettings, type Settings } from '../contract/settings.schema.ts'

const SECTION = 'lateral'

/**
 * Asks the client for the settings of one folder, or of the window. What the client pushes is never trusted to be
 * whole; clients that answer no questions give their settings with `initialize`.
 */
export class SettingsSource {
  readonly #canPull: boolean
  /** Each problem is told once, though settings are pulled often. */
  readonly #told = new Set<string>()

  constructor(
    readonly connection: Connection,
    capabilities: ClientCapabilities,
    readonly initial: unknown,
    readonly log: Log,
  ) {
    this.#canPull = capabilities.workspace?.configuration === true
  }

  async read(folderUri?: string): Promise<Settings> {
    const { settings, problems } = parseSettings(await this.#raw(folderUri))
    for (const problem of problems) {
      if (!this.#told.has(problem)) this.log.warn(problem)
      this.#told.add(problem)
    }
    return settings
  }

  async #raw(folderUri: string | undefined): Promise<unknown> {
    if (!this.#canPull) return this.initial
    const item = folderUri === undefined ? { section: SECTION } : { scopeUri: folderUri, section: SECTION }
    try {
      return await this.connection.workspace.getConfiguration(item)
    } catch (error) {
      this.log.warn(`The client does not tell its settings: ${String(error)}`)
      return this.initial
    }
  }
}
