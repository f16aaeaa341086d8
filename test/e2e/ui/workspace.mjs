import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { waitUntilIdle } from './search.mjs'

const SEARCHABLE_MS = 2000
const NEW_FUNCTION = `
export function greatCircleKm(from: Point, to: Point): number {
  const haversine = Math.sin((to.lat - from.lat) / 2) ** 2
  return 12742 * Math.asin(Math.sqrt(haversine))
}
`

export function editSteps(workbench, folder) {
  const { page, input } = workbench
  return {
    'a saved edit is found within two seconds': async () => {
      await workbench.openFile('shipping.ts')
      await page.keyboard.press('Control+End')
      await page.keyboard.insertText(NEW_FUNCTION)
      await page.keyboard.press('Control+S')
      const savedAt = Date.now()
      await workbench.typeQuery('greatCircleKm')
      await untilFirstRow(workbench, 'greatCircleKm', savedAt)
      console.log(`       saved to found: ${Date.now() - savedAt} ms`)
      await workbench.closeQuickInput()
    },

    'a file written outside the editor is found within two seconds': async () => {
      const writtenAt = Date.now()
      writeFileSync(path.join(folder, 'tools', 'barcode.py'), BARCODE)
      await workbench.typeQuery('ean13_check_digit')
      await untilFirstRow(workbench, 'ean13_check_digit', writtenAt)
      console.log(`       written to found: ${Date.now() - writtenAt} ms`)
      await workbench.closeQuickInput()
    },

    'deleted code is not found, even before it is saved': async () => {
      await workbench.openFile('shipping.ts')
      await page.keyboard.press('Control+A')
      await page.keyboard.press('Delete')
      await workbench.typeQuery('greatCircleKm')
      await waitUntilIdle(workbench)
      assert.deepEqual(await workbench.rows.filter({ hasText: 'greatCircleKm' }).allInnerTexts(), [])
      await workbench.closeQuickInput()
      await page.keyboard.press('Control+Z')
    },

    'the index status offers what can be done': async () => {
      await workbench.runCommand('Lateral: Show Index Status')
      await workbench.row('ready').waitFor()
      await workbench.row('Rebuild Index').waitFor()
      await workbench.screenshot('status')
      assert.equal(await input.isVisible(), true)
      await workbench.closeQuickInput()
    },
  }
}

export function offSteps(workbench) {
  const { page } = workbench
  return {
    'the settings are listed with their descriptions': async () => {
      await workbench.runCommand('Preferences: Open Settings (UI)')
      await page.locator('.settings-header .suggest-input-container .monaco-editor').first().click()
      await page.keyboard.type('lateral.search', { delay: 15 })
      await page.locator('.settings-editor .setting-item-contents', { hasText: 'Max Results' }).first().waitFor()
      await workbench.screenshot('settings')
    },
  }
}

/** Asks again until the row is there: the list of one question does not change by itself. */
async function untilFirstRow(workbench, text, sinceMs) {
  for (;;) {
    await waitUntilIdle(workbench)
    const [top = ''] = await workbench.rows.allInnerTexts()
    if (top.includes(text)) return
    assert.ok(Date.now() - sinceMs < SEARCHABLE_MS, `"${text}" is not found after ${Date.now() - sinceMs} ms: ${top}`)
    await workbench.searchBox().press('Space')
    await workbench.page.waitForTimeout(150)
  }
}

const BARCODE = `def ean13_check_digit(digits: str) -> int:
    """Last digit of an EAN-13 number."""
    weighted = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits[:12]))
    return -weighted % 10
`
