import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CommandId, ContextKey } from '../../../client/src/commandIds.ts'
import manifest from '../../../package.json'
// @ts-expect-error: build scripts are plain JavaScript, without declarations
import { configurationOf } from '../../../server/build/manifest.mjs'
import { settingsSchema } from '../../../server/src/contract/settings.schema.ts'

const { contributes } = manifest
const declared = contributes.commands.map(({ command }) => command)
const root = path.resolve(import.meta.dirname, '../../..')

describe('the manifest', () => {
  it('has the settings of the schema; "npm run manifest" renews them', () => {
    expect(contributes.configuration).toEqual(configurationOf(z.toJSONSchema(settingsSchema) as never))
  })

  it('declares the commands that the extension registers, and no other', () => {
    expect([...declared].sort()).toEqual(Object.values(CommandId).sort())
  })

  it('gives every command the category, and a title that ends in … only where more input follows', () => {
    const asking = contributes.commands.filter(({ title }) => title.endsWith('…')).map(({ command }) => command)
    expect(contributes.commands.every(({ category }) => category === 'Lateral')).toBe(true)
    expect(asking).toEqual([
      ...[CommandId.search, CommandId.searchInFolder, CommandId.indexRebuild, CommandId.tune],
      ...[CommandId.modelDownload, CommandId.modelImport, CommandId.modelSelect, CommandId.modelRemove],
      CommandId.resultsMoreLikeThis,
    ])
  })

  it('refers only to commands, context keys and files that exist', () => {
    const text = JSON.stringify(contributes)
    const settings = Object.keys(contributes.configuration.properties)
    const known = new Set<string>([...declared, ...Object.values(ContextKey), ...settings, 'lateral.results'])
    for (const [name] of text.matchAll(/(?<![\w/])lateral\.[\w.]+\w/g)) {
      if (!name.endsWith('.svg')) expect([...known], name).toContain(name)
    }
    for (const [file] of text.matchAll(/client\/media\/[\w.]+/g))
      expect(existsSync(path.join(root, file)), file).toBe(true)
  })

  it('keeps paths and models out of the hands of an untrusted workspace', () => {
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations
    expect(restricted).toEqual([
      ...['lateral.model.code', 'lateral.model.docs', 'lateral.models.mirror', 'lateral.models.caFile'],
      'lateral.index.location',
    ])
  })

  it('has an icon of at least 128 pixels', () => {
    const png = readFileSync(path.join(root, manifest.icon))
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([128, 128])
  })
})
