import { type Command, EXIT } from '../command.ts'
import { onlyFolder, readableFolder, withEngine } from '../folder.ts'
import { formatBytes } from '../format.ts'

export const clearCommand: Command = {
  name: 'clear',
  summary: "Delete a folder's index from disk.",
  usage: '[dir]',
  options: ['json', 'storage'],
  async run(positionals, options, context) {
    const folder = await readableFolder(onlyFolder(positionals), context.io)
    const sizeBytes = await withEngine(options, context, (engine) => engine.clearFolder(folder))
    context.io.out(
      options.json
        ? JSON.stringify({ folder, sizeBytes })
        : `Deleted the index of ${folder} (${formatBytes(sizeBytes)}).`,
    )
    return EXIT.hits
  },
}
