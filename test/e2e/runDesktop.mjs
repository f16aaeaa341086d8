// Runs the suites of test/e2e/host in a desktop VS Code, which is downloaded once. On Linux without a screen: xvfb-run.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { runTests } from '@vscode/test-electron'
import { bundleHostSuite, REPOSITORY, reportHostResults } from './support/hostSuite.mjs'
import { temporaryWorkspace } from './support/workspace.mjs'

const tests = await bundleHostSuite()
const workspace = temporaryWorkspace()
const userData = path.join(workspace.storageDirectory, '..', 'user-data')
mkdirSync(path.join(userData, 'User'), { recursive: true })
const settings = { 'lateral.index.location': workspace.storageDirectory, 'security.workspace.trust.enabled': false }
writeFileSync(path.join(userData, 'User', 'settings.json'), JSON.stringify(settings))
try {
  await runTests({
    version: process.env.VSCODE_VERSION ?? 'stable',
    extensionDevelopmentPath: REPOSITORY,
    extensionTestsPath: tests,
    launchArgs: [workspace.folder, '--user-data-dir', userData, '--disable-extensions', '--skip-welcome'],
  }).catch((error) => console.error(String(error)))
  process.exitCode = reportHostResults()
} finally {
  workspace.remove()
}
