import path from 'node:path'
import { repositoryRoot } from '../freshness.mjs'

/** Where the editor and the browser of the tests are installed, once for a checkout. */
export const EDITOR_FOLDER = path.join(repositoryRoot, '.vscode-test')
