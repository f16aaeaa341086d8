// Drives the real workbench as a user does. `node test/e2e/runUi.mjs [--vsix FILE]`; screenshots in test/dist/screenshots.
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startEditorServer } from '../../server/build/editor/index.mjs'
import { runSteps } from './support/steps.mjs'
import { Workbench } from './support/workbench.mjs'
import { temporaryWorkspace } from './support/workspace.mjs'
import { searchSteps } from './ui/search.mjs'
import { hoverSteps, resultsSteps } from './ui/views.mjs'
import { editSteps, offSteps } from './ui/workspace.mjs'

const { values } = parseArgs({ options: { vsix: { type: 'string' } } })
const repository = path.resolve(import.meta.dirname, '../..')
const workspace = temporaryWorkspace()
const server = await startEditorServer({
  folder: workspace.folder,
  ...(values.vsix ? { vsix: path.resolve(values.vsix) } : { extensionPath: repository }),
  settings: { 'lateral.index.location': workspace.storageDirectory, 'editor.hover.delay': 100 },
})
const workbench = await Workbench.open(server)
try {
  process.exitCode = await runSteps(
    {
      'the extension contributes its side bar': () => workbench.load(),
      ...searchSteps(workbench),
      ...resultsSteps(workbench),
      ...hoverSteps(workbench),
      ...editSteps(workbench, workspace.folder),
      ...offSteps(workbench),
    },
    (name) => workbench.screenshot(`failed-${name.replace(/\W+/g, '-')}`),
  )
  if (process.exitCode !== 0) console.log(await workbench.logText().catch(() => 'The log could not be read.'))
} finally {
  await workbench.close()
  await server.stop()
  workspace.remove()
}
