import { usageError } from '../../contract/errorCodes.ts'
import { type Command, EXIT } from '../command.ts'
import { onlyFolder, readableFolder, withEngine } from '../folder.ts'
import { formatBytes } from '../format.ts'
import type { RawOptions } from '../options.ts'

export const clearCommand: Command = {
  name: 'clear',
  summary: "Delete a folder's index from disk.",
  usage: '[dir]',
  options: ['gone', 'json', 'storage'],
  async run(positionals, options, context) {
    if (options.gone) {
      if (positionals.length > 0) throw usageError('--gone is about every folder; leave the folder out.')
      const cleared = await withEngine(options, context, (engine) => engine.clearGone())
      for (const { folder, sizeBytes } of cleared) context.io.out(clearedText(folder, sizeBytes, options))
      return cleared.length > 0 ? EXIT.hits : EXIT.none
    }
    const folder = await readableFolder(onlyFolder(positionals), context.io)
    const sizeBytes = await withEngine(options, context, (engine) => engine.clearFolder(folder))
    context.io.out(clearedText(folder, sizeBytes, options))
    return EXIT.hits
  },
}

function clearedText(folder: string, sizeBytes: number, options: RawOptions): string {
  if (options.json) return JSON.stringify({ folder, sizeBytes })
  return `Deleted the index of ${folder} (${formatBytes(sizeBytes)}).`
}
