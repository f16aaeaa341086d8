import { existsSync } from 'node:fs'

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** Keeps the browser quiet and off the network, and lets it run as root and with little shared memory. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

/**
 * Path of a Chromium or Chrome: `CHROMIUM` where it is set, else the usual places.
 * @returns {string}
 */
export function findChromium() {
  const wanted = process.env.CHROMIUM
  if (wanted) {
    if (existsSync(wanted)) return wanted
    throw new Error(`CHROMIUM names ${wanted}, which does not exist.`)
  }
  const found = CANDIDATES.find((candidate) => existsSync(candidate))
  if (found) return found
  throw new Error(
    'No Chromium found. Install one ("apt-get install chromium" on Debian and Ubuntu), or set CHROMIUM to its path.',
  )
}
