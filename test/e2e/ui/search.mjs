import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** Questions, and the functions that answer them without using one of their words. */
const QUESTIONS = {
  'check credentials at login': { name: 'verifyPassword', path: 'src/auth/passwords.ts', line: 8, endLine: 11 },
  'retry failed requests': { name: 'withBackoff', path: 'src/net/backoff.ts', line: 8, endLine: 17 },
  'drive space low': { name: 'disk_is_nearly_full', path: 'tools/purge_uploads.py', line: 17, endLine: 19 },
}
export const [QUESTION, ANSWER] = Object.entries(QUESTIONS)[0]

export function searchSteps(workbench) {
  const { page, rows } = workbench
  return {
    'the questions share no word with their answers': async () => {
      for (const [question, { path: file, line, endLine }] of Object.entries(QUESTIONS)) {
        const text = readFileSync(path.join(FIXTURE, file), 'utf8')
          .split('\n')
          .slice(line - 1, endLine)
        const shared = stems(question).filter((stem) => stems([file, ...text].join(' ')).includes(stem))
        assert.deepEqual(shared, [], question)
      }
    },

    'the first index is built': async () => {
      const deadline = Date.now() + 30_000
      for (;;) {
        await workbench.typeQuery(QUESTION)
        await rows.first().waitFor()
        await waitUntilIdle(workbench)
        const [top] = await rows.allInnerTexts()
        await workbench.closeQuickInput()
        if (top && !top.includes('results so far')) return
        assert.ok(Date.now() < deadline, top)
      }
    },

    'typing finds code by meaning, the right function on top': async () => {
      for (const [question, { name, path: file, line, endLine }] of Object.entries(QUESTIONS)) {
        await workbench.typeQuery(question)
        await workbench.row(name).waitFor()
        await waitUntilIdle(workbench)
        const [top] = await rows.allInnerTexts()
        assert.ok(top.includes(name) && top.includes(`${file}:${line}–${endLine}`), top)
        await workbench.screenshot(`search-${name}`)
        await workbench.closeQuickInput()
      }
    },

    'moving in the list previews files, Escape puts the editor back': async () => {
      await workbench.typeQuery(QUESTION)
      await workbench.row(ANSWER.name).waitFor()
      await waitUntilIdle(workbench)
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
      await workbench.waitForTab(path.basename(ANSWER.path))
      await workbench.waitForPosition(ANSWER.line, 1)
      await workbench.screenshot('opened')
    },

    'Escape puts an open editor back as it was': async () => {
      await workbench.typeQuery('drive space low')
      await workbench.row('disk_is_nearly_full').waitFor()
      await waitUntilIdle(workbench)
      // Down and back up: the first row is known, the second may be of any file.
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowUp')
      await workbench.waitForTab('purge_uploads.py')
      await workbench.closeQuickInput()
      await workbench.waitForTab(path.basename(ANSWER.path))
      await workbench.waitForPosition(ANSWER.line, 1)
      await page.locator('.tab', { hasText: 'purge_uploads.py' }).waitFor({ state: 'detached' })
    },

    'a query without results says so': async () => {
      await workbench.typeQuery('dir:src/nowhere anything')
      await workbench.row('No results').waitFor()
      await workbench.screenshot('no-results')
      await workbench.closeQuickInput()
    },
  }
}

/** First letters of the words of a text, parts of identifiers included: enough to tell "retry" from "retries". */
function stems(text) {
  const words =
    text
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .match(/[a-z]+/g) ?? []
  return words.map((word) => word.slice(0, 4))
}

const FIXTURE = path.resolve(import.meta.dirname, '../../fixtures/workspace')

/** The list is final once the box's progress bar has stopped. It starts a moment after the last key. */
export async function waitUntilIdle(workbench) {
  await workbench.page.waitForTimeout(250)
  await workbench.quickInput.locator('.monaco-progress-container.done').waitFor({ state: 'attached' })
}
