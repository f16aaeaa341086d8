import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { CHROMIUM_ARGUMENTS, ensureChromium } from '../../../server/build/editor/index.mjs'

export const SCREENSHOTS = path.resolve(import.meta.dirname, '../../dist/screenshots')
const READY_TIMEOUT_MS = 30_000
const STEP_TIMEOUT_MS = 10_000

/** A workbench in a headless browser, with what a user does to it. Requests to any other host are refused. */
export class Workbench {
  /** Hosts that the page asked for in vain. */
  refusedHosts = new Set()

  static async open(server, url = server.url) {
    const { executablePath, env } = await ensureChromium()
    const environment = { ...process.env, ...env }
    const args = CHROMIUM_ARGUMENTS
    const browser = await chromium.launch({ executablePath, headless: true, args, env: environment })
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    const page = await context.newPage()
    page.setDefaultTimeout(STEP_TIMEOUT_MS)
    const workbench = new Workbench(browser, page)
    await context.route(
      (address) => address.hostname !== '127.0.0.1' && !['data:', 'blob:'].includes(address.protocol),
      (route) => {
        workbench.refusedHosts.add(new URL(route.request().url()).host)
        return route.abort()
      },
    )
    workbench.url = url
    return workbench
  }

  constructor(browser, page) {
    this.browser = browser
    this.page = page
    this.quickInput = page.locator('.quick-input-widget')
    this.input = this.quickInput.locator('.quick-input-filter input').first()
    this.rows = this.quickInput.locator('.monaco-list-row')
    this.treeItems = page.locator('.part.sidebar .monaco-list-row[role="treeitem"]')
  }

  async load() {
    await this.page.goto(this.url)
    await this.page.waitForSelector('.monaco-workbench .part.sidebar', { timeout: READY_TIMEOUT_MS })
    await this.viewContainer('Lateral').waitFor({ timeout: READY_TIMEOUT_MS })
  }

  viewContainer(title) {
    return this.page.locator(`.activitybar a[aria-label^="${title}"]`)
  }

  row(text) {
    return this.rows.filter({ hasText: text }).first()
  }

  /** The row that Enter takes. A list may still show what it held before the last key. */
  firstRow(text) {
    return this.rows.first().filter({ hasText: text })
  }

  async runCommand(title) {
    await this.fillQuickInput('F1', `>${title}`)
    await this.firstRow(title).waitFor()
    await this.page.keyboard.press('Enter')
  }

  /** An editor that is still opening takes the focus, which closes the box again: then once more. */
  async fillQuickInput(key, text) {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.page.keyboard.press(key)
        await this.quickInput.waitFor({ state: 'visible', timeout: 2000 })
        return await this.input.fill(text, { timeout: 2000 })
      } catch (error) {
        if (attempt === 3) throw error
      }
    }
  }

  async openFile(name) {
    await this.fillQuickInput('Control+P', name)
    await this.firstRow(name).waitFor()
    await this.page.keyboard.press('Enter')
    await this.waitForTab(name)
    await this.page.locator('.editor-instance .monaco-editor.focused').waitFor()
  }

  async waitForTab(name) {
    await this.page.locator('.tab.active', { hasText: name }).waitFor()
  }

  async waitForPosition(line, column) {
    const position = this.page.locator('.statusbar-item[id="status.editor.selection"]')
    await position.filter({ hasText: `Ln ${line}, Col ${column}` }).waitFor({ timeout: 5000 })
  }

  /** Opens the search box by its key and types. */
  async typeQuery(query) {
    await this.page.keyboard.press('Control+K')
    await this.page.keyboard.press('j')
    await this.searchBox().waitFor()
    await this.searchBox().pressSequentially(query, { delay: 20 })
  }

  searchBox() {
    return this.quickInput.locator('input[placeholder^="Describe what the code does"]')
  }

  async closeQuickInput() {
    await this.page.keyboard.press('Escape')
    await this.quickInput.waitFor({ state: 'hidden' })
  }

  /**
   * Rests the mouse on a word until a hover holds `expected`. One move is not enough: what VS Code asks for before a
   * provider is ready stays empty.
   */
  async hoverWord(word, expected, timeoutMs = 20_000) {
    const deadline = Date.now() + timeoutMs
    const hover = this.page.locator('.monaco-hover:not(.hidden)').filter({ hasText: expected }).first()
    while (Date.now() < deadline) {
      const box = await this.wordBox(word)
      if (box) {
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
        await this.page.mouse.move(5, 790)
        await this.page.mouse.move(x - 6, y)
        await this.page.mouse.move(x, y, { steps: 4 })
        const shown = await hover.waitFor({ timeout: 1500 }).then(
          () => true,
          () => false,
        )
        if (shown) return hover
      }
    }
    throw new Error(`No hover with "${expected}" over ${word}.`)
  }

  /** Where a word stands in the visible lines, by a range over their text nodes: right for any font. */
  wordBox(word) {
    return this.page.evaluate((wanted) => {
      for (const line of document.querySelectorAll('.editor-instance .view-line')) {
        const start = line.textContent.replaceAll('\u00a0', ' ').indexOf(wanted)
        if (start < 0) continue
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT)
        const range = document.createRange()
        let passed = 0
        let isStarted = false
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const length = node.textContent.length
          if (!isStarted && start < passed + length) {
            range.setStart(node, start - passed)
            isStarted = true
          }
          if (isStarted && start + wanted.length <= passed + length) {
            range.setEnd(node, start + wanted.length - passed)
            const { x, y, width, height } = range.getBoundingClientRect()
            return { x, y, width, height }
          }
          passed += length
        }
      }
      return null
    }, word)
  }

  /** The visible end of the extension's log, which the editor keeps in its output panel. */
  async logText() {
    await this.page.keyboard.press('Escape')
    await this.runCommand('Lateral: Show Log')
    const lines = this.page.locator('.part.panel .view-line')
    await lines.first().waitFor()
    return (await lines.allTextContents()).join('\n').replaceAll('\u00a0', ' ')
  }

  async screenshot(name) {
    mkdirSync(SCREENSHOTS, { recursive: true })
    // Lists and widgets fade in.
    await this.page.waitForTimeout(300)
    await this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) })
  }

  async close() {
    await this.browser.close()
  }
}
