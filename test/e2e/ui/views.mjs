import assert from 'node:assert/strict'
import path from 'node:path'
import { ANSWER, QUESTION } from './search.mjs'

export function resultsSteps(workbench) {
  const { page, treeItems } = workbench
  const message = page.locator('.part.sidebar .message')
  return {
    'the side bar has the results of the last search': async () => {
      await workbench.viewContainer('Lateral').click()
      await treeItems
        .filter({ hasText: path.basename(ANSWER.path) })
        .first()
        .waitFor()
      await treeItems.filter({ hasText: ANSWER.name }).first().waitFor()
      assert.match(await message.textContent(), new RegExp(`"${QUESTION}" · \\d+ results in \\d+ files`))
      await workbench.screenshot('results')
    },

    'a result in the side bar opens at its line': async () => {
      await treeItems.filter({ hasText: 'hashPassword' }).first().click()
      await workbench.waitForPosition(3, 1)
    },

    'a result says why it is one': async () => {
      const result = treeItems.filter({ hasText: ANSWER.name }).first()
      await result.hover()
      await result.locator('[aria-label="Why This Result?"]').first().click()
      await workbench.waitForTab('Preview Why This Result.md')
      const document = page.frameLocator('iframe.webview').frameLocator('iframe')
      await document.locator('h1', { hasText: ANSWER.name }).waitFor()
      await document.locator('td', { hasText: 'credentials' }).first().waitFor()
      await workbench.screenshot('explanation')
      const tab = page.locator('.tab.active', { hasText: 'Preview Why This Result.md' })
      await tab.locator('.action-label[aria-label^="Close"]').click()
    },

    'the results can be shown as a ranked list and cleared': async () => {
      await workbench.runCommand('Lateral: View Results as List')
      await treeItems
        .first()
        .filter({ hasText: `${path.basename(ANSWER.path)}:${ANSWER.line}` })
        .waitFor()
      await workbench.screenshot('results-list')
      await workbench.runCommand('Lateral: View Results as Tree')
      await workbench.runCommand('Lateral: Clear Results')
      await page.locator('.part.sidebar .welcome-view a', { hasText: 'Search Code by Meaning' }).waitFor()
      await workbench.screenshot('results-empty')
    },
  }
}

export function hoverSteps(workbench) {
  const { page, treeItems } = workbench
  return {
    'hovering a function name shows related code': async () => {
      await workbench.openFile('invoice.ts')
      const hover = await workbench.hoverWord('grossTotal', 'Related code')
      assert.match(await hover.textContent(), /\w+ — (src|tools)\/\S+:\d+/)
      await workbench.screenshot('hover')
    },

    'a link of the hover opens the related code': async () => {
      const hover = await workbench.hoverWord('grossTotal', 'Related code')
      const link = hover.locator('li a').first()
      const place = /\/([^/]+):(\d+)/.exec(await hover.locator('li').first().textContent())
      assert.ok(place, 'a related line names its place')
      await link.click()
      await workbench.waitForTab(place[1])
      await workbench.waitForPosition(Number(place[2]), 1)
    },

    'Show all brings related code to the side bar': async () => {
      await workbench.openFile('invoice.ts')
      const hover = await workbench.hoverWord('grossTotal', 'Related code')
      await hover.getByText('Show all').click()
      await page.locator('.part.sidebar .message', { hasText: 'Related to' }).waitFor()
      await treeItems.first().waitFor()
      await workbench.screenshot('related')
    },
  }
}
