/** A real VS Code in a browser, from npm packages alone: for `npm start` and for the editor tests. */
export { CHROMIUM_ARGUMENTS, ensureChromium } from './chromium.mjs'
export { ensureEditor } from './install.mjs'
export { startEditorServer } from './launch.mjs'
