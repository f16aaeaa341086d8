import { usageError } from '../../contract/errorCodes.ts'
import { type Command, EXIT } from '../command.ts'
import { onlyFolder, readableFolder, withEngine } from '../folder.ts'
import { formatBytes } from '../format.ts'
import type { CliIo } from '../io.ts'
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
      for (const { folder, sizeBytes } of cleared) tell(folder, sizeBytes, options, context.io)
      return cleared.length > 0 ? EXIT.hits : EXIT.none
    }
    const folder = await readableFolder(onlyFolder(positionals), context.io)
    const sizeBytes = await withEngine(options, context, (engine) => engine.clearFolder(folder))
    tell(folder, sizeBytes, options, context.io)
    return EXIT.hits
  },
}

function tell(folder: string, sizeBytes: number, options: RawOptions, io: CliIo): void {
  if (options.json) io.json({ folder, sizeBytes })
  else io.out(`Deleted the index of ${folder} (${formatBytes(sizeBytes)}).`)
}
