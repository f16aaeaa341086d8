import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** A question whose words, and their stems, do not occur in the function that answers it. */
export const QUESTION = 'running out of storage space'
export const ANSWER = { name: 'disk_is_nearly_full', file: 'purge_uploads.py', line: 17 }

export function searchSteps(workbench) {
  const { page, rows } = workbench
  return {
    'the question shares no word with its answer': async () => {
      const file = path.resolve(import.meta.dirname, '../../fixtures/workspace/tools', ANSWER.file)
      const text = readFileSync(file, 'utf8')
        .split('\n')
        .slice(ANSWER.line - 1)
        .join(' ')
        .toLowerCase()
      for (const word of QUESTION.split(' '))
        assert.ok(!text.includes(word.slice(0, 4)), `"${word}" or a word of its stem stands in the function`)
    },

    'typing finds code by meaning': async () => {
      await workbench.typeQuery(QUESTION)
      await workbench.row(ANSWER.name).waitFor()
      await waitUntilIdle(workbench)
      await workbench.screenshot('search')
      const [top] = await rows.allInnerTexts()
      assert.match(top, new RegExp(`${ANSWER.name}[^]*${ANSWER.file}:${ANSWER.line}`), 'the right function is on top')
    },

    'moving in the list previews files, Escape puts the editor back': async () => {
      await page.keyboard.press('ArrowDown')
      await page.locator('.tab.active').waitFor()
      await workbench.screenshot('preview')
      await workbench.closeQuickInput()
      await page.locator('.tab').first().waitFor({ state: 'detached' })
    },

    'Enter opens the function at its first line': async () => {
      await workbench.typeQuery(QUESTION)
      await workbench.row(ANSWER.name).waitFor()
      await waitUntilIdle(workbench)
      await page.keyboard.press('Enter')
      await workbench.waitForTab(ANSWER.file)
      await workbench.waitForPosition(ANSWER.line, 1)
      await workbench.screenshot('opened')
    },

    'a query without results says so': async () => {
      await workbench.typeQuery('dir:src/nowhere anything')
      await workbench.row('No results').waitFor()
      await workbench.screenshot('no-results')
      await workbench.closeQuickInput()
    },
  }
}

/** The list is final once the progress bar of the box has stopped. */
export async function waitUntilIdle(workbench) {
  await workbench.quickInput.locator('.monaco-progress-container.done').waitFor({ state: 'attached' })
}
