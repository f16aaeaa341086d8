import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { settingsSchema } from '../../server/src/contract/settings.schema.ts'
import { read, root } from './repository.ts'

/** Runs a generator in its checking mode: it ends with an error where its output is stale. */
const check = (script: string) => execFileSync(process.execPath, [script, '--check'], { cwd: root, stdio: 'pipe' })

describe('generated text is fresh', () => {
  it('the settings table of README.md', () => {
    check('server/build/docs.mjs')
    for (const name of Object.keys(settingsSchema.shape)) expect(read('README.md')).toContain(`\`lateral.${name}\``)
  })

  it('the contributions in package.json', () => {
    const manifest = 'server/build/manifest.mjs'
    expect(existsSync(path.join(root, manifest))).toBe(true)
    check(manifest)
  })
})
