import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
// @ts-expect-error: build scripts are plain JavaScript, without declarations
import { packagesOf, thirdPartyNotices } from '../../server/build/notices.mjs'
// @ts-expect-error: as above
import { RUNTIME_PACKAGES } from '../../server/build/onnxRuntime.mjs'
import { read, root } from './repository.ts'

/** What the bundles hold, as their source maps tell: relative to the root. */
const bundled = ['client/dist', 'server/dist'].flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.js.map'))
    .flatMap((name) => JSON.parse(read(`${folder}/${name}`)).sources as string[])
    .map((source) => path.posix.normalize(`${folder}/${source}`)),
)
const notices: string = thirdPartyNotices([
  ...packagesOf(bundled),
  ...RUNTIME_PACKAGES.map((name: string) => `node_modules/${name}`),
])

/** What stands under `name version (licence)`. */
function noticeOf(folder: string): string {
  if (!existsSync(path.join(root, folder)))
    return notices.split(`\n${folder.replace(/^.*node_modules\//, '')} `)[1] ?? ''
  const { name, version } = JSON.parse(read(`${folder}/package.json`))
  const [, rest = ''] = notices.split(`\n${name} ${version} (`)
  return rest.split(`\n${'-'.repeat(80)}\n`)[0] ?? ''
}

const permission = (folder: string) =>
  expect(noticeOf(folder), folder).toMatch(/permission|apache license|licensed under|blue oak|without fee/i)

describe('the notices of the package', () => {
  it('give the licence of everything that is bundled, in the version that is', () => {
    const folders = new Set(bundled.map((file) => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]))
    folders.delete(undefined)
    expect(folders).toContain('node_modules/yauzl')
    expect([...folders].some((folder) => folder?.endsWith('/agent-base'))).toBe(true)
    for (const folder of folders) permission(folder!)
  })

  it('look into packages that are bundles of others', () => {
    expect(notices).toMatch(/\nminipass \d/)
    expect(notices).toMatch(/\nyallist \d/)
    expect(notices).toContain('\npath-browserify (MIT)\n\nCopyright (c) James Halliday\n')
  })

  it('give the licence of the rules that tell secrets', () => {
    expect(notices).toMatch(/\ngitleaks 8\.[\d.]+, rules \(MIT\)\n\nCopyright \(c\) 2019 Zachary Rice\n/)
  })

  it('give the licence of what is copied beside the bundles', () => {
    for (const name of RUNTIME_PACKAGES) permission(`node_modules/${name}`)
    expect(noticeOf('node_modules/onnxruntime-web')).toContain('Copyright (c) Microsoft Corporation')
  })

  it('cannot be written where a licence is not known', () => {
    expect(() => thirdPartyNotices(['no-such-package'])).toThrow('The package no-such-package is in a bundle')
  })
})
