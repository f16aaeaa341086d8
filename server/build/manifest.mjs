// Writes the settings into package.json from their schema. `node server/build/manifest.mjs [--check]`
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { repositoryRoot } from './freshness.mjs'
import { importTypeScript } from './loadTypeScript.mjs'

const MANIFEST = path.join(repositoryRoot, 'package.json')

/**
 * The manifest's `contributes.configuration` for a JSON schema of the settings.
 * @param {{ properties?: Record<string, any> }} schema As `z.toJSONSchema(settingsSchema)` gives it.
 */
export function configurationOf(schema) {
  const properties = Object.entries(schema.properties ?? {}).map(([name, property], index) => {
    const { description, ...rest } = property
    return [`lateral.${name}`, { order: index, ...rest, markdownDescription: linkSettings(description) }]
  })
  return { title: 'Lateral', properties: Object.fromEntries(properties) }
}

/** Names of our settings in backticks become links, as the settings editor draws them. */
const linkSettings = (description) => description.replace(/`(lateral\.[\w.]+)`/g, '`#$1#`')

/** The manifest's text with the configuration replaced. Two spaces and a last newline, as npm writes it. */
export function withConfiguration(manifestText, configuration) {
  const manifest = JSON.parse(manifestText)
  manifest.contributes.configuration = configuration
  return `${JSON.stringify(manifest, null, 2)}\n`
}

async function settingsJsonSchema() {
  const { settingsSchema } = await importTypeScript('server/src/contract/settings.schema.ts')
  return z.toJSONSchema(settingsSchema)
}

async function main() {
  const before = readFileSync(MANIFEST, 'utf8')
  const after = withConfiguration(before, configurationOf(await settingsJsonSchema()))
  if (before === after) return console.log('package.json has the settings of the schema.')
  if (process.argv.includes('--check')) {
    console.error('package.json is stale: run "npm run manifest".')
    process.exitCode = 1
    return
  }
  writeFileSync(MANIFEST, after)
  console.log('package.json updated.')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()
