import * as vscode from 'vscode'
import type { SearchReply, WireHit } from '../../../server/src/contract/requests.ts'
import type { Context } from '../context.ts'
import { openHit } from '../ui/preview.ts'

export const openResult = (_context: Context) => (hit: WireHit) => openHit(hit, { preview: true })

export const refreshResults = (context: Context) => (): Promise<SearchReply | undefined> => context.results.refresh()

export const clearResults = (context: Context) => () => context.results.show(undefined)

/** Puts the results on the clipboard, and returns them. */
export const copyResults = (context: Context) => async (): Promise<string> => {
  const text = context.results.text()
  await vscode.env.clipboard.writeText(text)
  return text
}

export const viewResultsAs = (asList: boolean) => (context: Context) => () => context.results.setAsList(asList)
