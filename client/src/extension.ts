import * as vscode from 'vscode'
import { CommandId } from './commandIds.ts'
import { explainResult, moreLikeThis } from './commands/explain.ts'
import { buildIndex, indexStatus, pauseIndex, rebuildIndex, resumeIndex, stopIndex } from './commands/index.ts'
import { downloadModel, importModel, removeModel, selectModel } from './commands/models.ts'
import { findRelated } from './commands/related.ts'
import { clearResults, copyResults, openResult, refreshResults, viewResultsAs } from './commands/results.ts'
import { search, searchInFolder, searchSelection } from './commands/search.ts'
import { tune } from './commands/tune.ts'
import { Context } from './context.ts'
import { isWithdrawn, showError } from './notify.ts'

// biome-ignore lint/suspicious/noExplicitAny: commands take what callers pass; each checks its own arguments
type Command = (context: Context) => (...args: any[]) => unknown

const COMMANDS: Record<CommandId, Command> = {
  [CommandId.search]: search,
  [CommandId.searchSelection]: searchSelection,
  [CommandId.searchInFolder]: searchInFolder,
  [CommandId.findRelated]: findRelated,
  [CommandId.indexBuild]: buildIndex,
  [CommandId.indexPause]: pauseIndex,
  [CommandId.indexResume]: resumeIndex,
  [CommandId.indexStop]: stopIndex,
  [CommandId.indexRebuild]: rebuildIndex,
  [CommandId.indexStatus]: indexStatus,
  [CommandId.tune]: tune,
  [CommandId.modelDownload]: downloadModel,
  [CommandId.modelImport]: importModel,
  [CommandId.modelSelect]: selectModel,
  [CommandId.modelRemove]: removeModel,
  [CommandId.showLog]: (context) => () => context.log.show(),
  [CommandId.resultsOpen]: openResult,
  [CommandId.resultsExplain]: explainResult,
  [CommandId.resultsMoreLikeThis]: moreLikeThis,
  [CommandId.resultsRefresh]: refreshResults,
  [CommandId.resultsCopy]: copyResults,
  [CommandId.resultsViewAsList]: viewResultsAs(true),
  [CommandId.resultsViewAsTree]: viewResultsAs(false),
  [CommandId.clearResults]: clearResults,
}

let context: Context | undefined

/** Returns at once: the server starts by itself, and requests wait for it. */
export function activate(extension: vscode.ExtensionContext): void {
  const created = new Context(extension)
  context = created
  extension.subscriptions.push(created)
  for (const [id, command] of Object.entries(COMMANDS))
    extension.subscriptions.push(vscode.commands.registerCommand(id, reporting(command(created))))
  void created.update()
}

export async function deactivate(): Promise<void> {
  await context?.stop()
  context = undefined
}

/**
 * Failures are shown to the user and end there: an error that left the command would be shown a second time. A caller
 * that wants no display (`show: false`) gets the error itself.
 */
function reporting(run: (...args: unknown[]) => unknown): (...args: unknown[]) => Promise<unknown> {
  return async (...args) => {
    try {
      return await run(...args)
    } catch (error) {
      if ((args[0] as { show?: boolean } | undefined)?.show === false) throw error
      if (!isWithdrawn(error)) void showError(error)
      return undefined
    }
  }
}
