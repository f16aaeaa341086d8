import type { WorkDoneProgressReporter } from 'vscode-languageserver/node'
import type { NetworkParams } from '../contract/requests.ts'
import type { ModelLibrary } from '../engine/modelLibrary.ts'
import type { OpenDocuments } from './documents.ts'
import type { Folders } from './folders.ts'

/** What the handlers share. */
export interface Session {
  readonly folders: Folders
  readonly documents: OpenDocuments
  /** Sends hits to whoever holds the token of a partial result. */
  sendPartial(token: string | number, value: unknown): void
  /**
   * Where a request's progress is shown: under the client's token, or else in a display opened for it, which
   * `onCancel` hears of when the user closes it. `undefined` where the client has none.
   */
  progress(token: string | number | undefined, onCancel: () => void): Promise<WorkDoneProgressReporter | undefined>
  /** The user's models, reached over the network as the settings and the client say. */
  models(network?: NetworkParams): Promise<ModelLibrary>
}
