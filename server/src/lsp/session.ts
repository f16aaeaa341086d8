import type { OpenDocuments } from './documents.ts'
import type { Folders } from './folders.ts'

/** What the handlers share. */
export interface Session {
  readonly folders: Folders
  readonly documents: OpenDocuments
  /** Sends hits to whoever holds the token of a partial result. */
  sendPartial(token: string | number, value: unknown): void
}
