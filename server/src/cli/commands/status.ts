import type { FolderState } from '../../engine/types.ts'
import { type Command, EXIT } from '../command.ts'
import { onlyFolder, readableFolder, storageDirectoryOf, withFolder } from '../folder.ts'
import { formatBytes, formatCount } from '../format.ts'

export const statusCommand: Command = {
  name: 'status',
  summary: 'Show what is indexed of a folder.',
  usage: '[dir]',
  options: ['json', 'model-dir', 'storage'],
  async run(positionals, options, context) {
    const folder = await readableFolder(onlyFolder(positionals), context.io)
    const state = await withFolder(folder, options, context, (opened) => opened.status())
    const storageDirectory = storageDirectoryOf(options, context)
    context.io.out(options.json ? JSON.stringify({ ...state, storageDirectory }) : stateText(state))
    return state.nFiles > 0 ? EXIT.hits : EXIT.none
  },
}

function stateText(state: FolderState): string {
  if (state.nFiles === 0) return `${state.folder}\n  no index yet`
  const lines = [
    state.folder,
    `  ${state.phase}: ${formatCount(state.nFiles)} files, ${formatCount(state.nUnits)} units, ${formatCount(state.nTokens)} tokens`,
    `  ${formatBytes(state.sizeBytes)} on disk`,
    `  models: ${state.models.map(({ space, id }) => `${space} ${id}`).join(', ')}`,
  ]
  if (state.nPendingFiles > 0) lines.push(`  ${formatCount(state.nPendingFiles)} files wait to be indexed`)
  if (state.error) lines.push(`  ${state.error.message} ${state.error.advice}`)
  return lines.join('\n')
}
