import { usageError } from '../../contract/errorCodes.ts'
import type { FolderState, StoredIndex } from '../../engine/types.ts'
import { type Command, EXIT } from '../command.ts'
import { onlyFolder, readableFolder, storageDirectoryOf, withEngine, withFolder } from '../folder.ts'
import { formatBytes, formatCount, formatSkipped } from '../format.ts'
import { INDEX_OPTIONS } from '../options.ts'

export const statusCommand: Command = {
  name: 'status',
  summary: 'Show what is indexed of a folder.',
  usage: '[dir]',
  options: ['all', 'json', ...INDEX_OPTIONS],
  async run(positionals, options, context) {
    if (options.all) {
      if (positionals.length > 0) throw usageError('--all is about every folder; leave the folder out.')
      const indexes = await withEngine(options, context, (engine) => engine.listIndexes())
      if (options.json) for (const index of indexes) context.io.json(index)
      else context.io.out(...listLines(indexes))
      return indexes.length > 0 ? EXIT.hits : EXIT.none
    }
    const folder = await readableFolder(onlyFolder(positionals), context.io)
    const state = await withFolder(folder, options, context, (opened) => opened.status())
    const storageDirectory = storageDirectoryOf(options, context)
    if (options.json) context.io.json({ ...state, storageDirectory })
    else context.io.out(...stateLines(state))
    return state.nFiles > 0 ? EXIT.hits : EXIT.none
  },
}

function listLines(indexes: StoredIndex[]): string[] {
  if (indexes.length === 0) return ['no index yet']
  const size = ({ sizeBytes }: StoredIndex) => formatBytes(sizeBytes).padStart(10)
  return indexes.map((index) => `${size(index)}  ${index.folder}${index.isGone ? '  (the folder is gone)' : ''}`)
}

function stateLines(state: FolderState): string[] {
  if (state.nFiles === 0) return [state.folder, '  no index yet']
  const lines = [
    state.folder,
    `  ${state.phase}: ${formatCount(state.nFiles)} files, ${formatCount(state.nUnits)} units, ${formatCount(state.nTokens)} tokens`,
    `  ${formatBytes(state.sizeBytes)} on disk, ${formatBytes(state.unusedBytes)} of it for text that is in no file now`,
    `  models: ${state.models.map(({ space, id }) => `${space} ${id}`).join(', ')}`,
    `  scored by ${KERNELS[state.kernel] ?? state.kernel}`,
  ]
  if (state.writer !== undefined) lines.push(`  written by ${state.writer} now`)
  if (state.nPendingFiles > 0) lines.push(`  ${formatCount(state.nPendingFiles)} files wait to be indexed`)
  if (state.upgrade) {
    const { nUnitsDone, nUnits } = state.upgrade
    lines.push(
      `  upgrading: ${formatCount(nUnitsDone)} of ${formatCount(nUnits)} units are encoded by these models; others answer for the rest`,
    )
  }
  if (Object.keys(state.skipped ?? {}).length > 0) lines.push(`  ${formatSkipped(state.skipped!)}`)
  for (const note of state.notes ?? []) lines.push(`  note: ${note}`)
  if (state.error) lines.push(`  ${state.error.message} ${state.error.advice}`)
  return lines
}

const KERNELS: Record<string, string> = {
  relaxed: 'WebAssembly with relaxed SIMD',
  simd: 'WebAssembly with SIMD',
  twin: 'plain JavaScript, which is slow: this Node has no WebAssembly SIMD',
}
