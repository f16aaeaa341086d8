import { type Command, EXIT } from '../command.ts'
import { onlyFolder, readableFolder, withFolder } from '../folder.ts'
import { formatBytes } from '../format.ts'

export const clearCommand: Command = {
  name: 'clear',
  summary: "Delete a folder's index from disk.",
  usage: '[dir]',
  options: ['json', 'storage'],
  async run(positionals, options, context) {
    const folder = await readableFolder(onlyFolder(positionals), context.io)
    const sizeBytes = await withFolder(folder, options, context, async (opened) => {
      const before = await opened.status()
      await opened.clear()
      return before.sizeBytes
    })
    context.io.out(
      options.json
        ? JSON.stringify({ folder, sizeBytes })
        : `Deleted the index of ${folder} (${formatBytes(sizeBytes)}).`,
    )
    return EXIT.hits
  },
}
