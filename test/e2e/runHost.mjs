// Runs the suites of test/e2e/host inside the extension host of a VS Code in a headless browser.
import { startEditorServer } from '../../server/build/editor/index.mjs'
import { bundleHostSuite, REPOSITORY, reportHostResults } from './support/hostSuite.mjs'
import { Workbench } from './support/workbench.mjs'
import { temporaryWorkspace } from './support/workspace.mjs'

const TIMEOUT_MS = 180_000

const tests = await bundleHostSuite()
const workspace = temporaryWorkspace()
const server = await startEditorServer({
  folder: workspace.folder,
  driver: true,
  settings: { 'lateral.index.location': workspace.storageDirectory },
})
const remote = (file) => `vscode-remote://${server.authority}${file}`
const payload = [
  ['extensionDevelopmentPath', remote(REPOSITORY)],
  ['extensionTestsPath', remote(tests)],
]
const url = `${server.url}&${new URLSearchParams({ payload: JSON.stringify(payload) })}`
const workbench = await Workbench.open(server, url)
try {
  const ended = new Promise((resolve) => workbench.page.exposeFunction('codeAutomationExit', resolve))
  await workbench.page.exposeFunction('codeAutomationLog', () => {})
  await workbench.page.goto(workbench.url)
  const timeout = new Promise((resolve) => setTimeout(() => resolve('timeout'), TIMEOUT_MS).unref())
  const outcome = await Promise.race([ended, timeout])
  if (outcome === 'timeout') {
    await workbench.screenshot('host-timeout')
    console.log(`The suites did not end in time.\n${server.log()}`)
  }
  process.exitCode = reportHostResults()
} finally {
  await workbench.close()
  await server.stop()
  workspace.remove()
}
