// The licences of everything that the package carries.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from './freshness.mjs'

/** One text with name, version and licence of each package, by name. */
export function thirdPartyNotices(packageNames) {
  const parts = [...new Set(packageNames)].sort().map((name) => {
    const folder = path.join(repositoryRoot, 'node_modules', name)
    const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
    return `${name} ${version} (${licenseName(license)})\n\n${licenseText(folder)}`
  })
  return `Lateral contains the following packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

function licenseText(folder) {
  const file = existsSync(folder) && readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name))
  return file ? `${readFileSync(path.join(folder, file), 'utf8').trim()}\n` : '(The package names its licence only.)\n'
}

const licenseName = (license) => (typeof license === 'string' ? license : (license?.type ?? 'no licence named'))
