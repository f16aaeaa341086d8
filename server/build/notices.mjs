// The licences of everything that the package carries, found from what the bundler really read.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from './freshness.mjs'
import { Problem } from './problem.mjs'

/**
 * Folders of the packages behind bundled files (paths relative to the root), of every version that is there. A file
 * that is a bundle itself names in its source map what others it is made of: folders of those, or their plain names
 * where nothing but that bundle has them.
 */
export function packagesOf(files) {
  const folders = new Set()
  for (const file of files) {
    const name = packageName(file)
    if (!name) continue
    const folder = installedFolder(name, file.slice(0, file.lastIndexOf('/node_modules/') + 1))
    folders.add(folder)
    for (const source of mappedSources(path.join(repositoryRoot, file)))
      if (packageName(source)) folders.add(installedFolder(packageName(source), folder))
  }
  return [...folders].sort()
}

/** One text with name, version and licence of each package, by name. Takes folders relative to the root. */
export function thirdPartyNotices(folders) {
  const packages = [...new Set(folders)].map((folder) => {
    if (!folder.includes('node_modules/')) return notInstalled(folder)
    const directory = path.join(repositoryRoot, folder)
    const { name, version, license, author } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'))
    const title = `${name} ${version} (${typeof license === 'string' ? license : (license?.type ?? 'no licence named')})`
    return { title, text: licenceText(directory, { name, version, license, author }) }
  })
  packages.push(rulesOfSecrets())
  packages.sort((a, b) => (a.title < b.title ? -1 : 1))
  const parts = packages.map(({ title, text }) => `${title}\n\n${text}\n`)
  return `Lateral contains the following packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

/** They are data of our own folder, made from a published list. */
function rulesOfSecrets() {
  const file = path.join(repositoryRoot, 'server/src/chunk/secrets/rules.json')
  const { name, version, licence, copyright } = JSON.parse(readFileSync(file, 'utf8')).source
  return { title: `${name} ${version}, rules (${licence})`, text: mitText(copyright) }
}

/** A licence that is not there in full keeps the package from being made. */
function licenceText(directory, { name, version, license, author }) {
  const files = readdirSync(directory).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
  const texts = files.sort().map((file) => readFileSync(path.join(directory, file), 'utf8').trim())
  if (texts.length > 0) return texts.join('\n\n')
  const holder = HOLDERS[name] ?? (typeof author === 'string' ? author : author?.name)?.replace(/\s*[<(].*/, '')
  if (license !== 'MIT' || !holder) throw new Problem(`The package ${name} has no text of its licence.`)
  return [mitText(holder), FURTHER[name]?.(version)].filter(Boolean).join('\n\n')
}

const mitText = (holder) => `Copyright (c) ${holder}\n\n${MIT}`

function notInstalled(name) {
  if (!(name in INSIDE_OTHERS)) throw new Problem(`The package ${name} is in a bundle, and its licence is not known.`)
  return { title: `${name} (MIT)`, text: mitText(INSIDE_OTHERS[name]) }
}

const packageName = (file) => file.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]

/** As `require` looks for it, nearest first; its name where it is not installed. */
function installedFolder(name, from) {
  for (let at = from || '.'; ; at = path.posix.dirname(at)) {
    const folder = path.posix.join(at, 'node_modules', name)
    if (existsSync(path.join(repositoryRoot, folder, 'package.json'))) return folder
    if (at === '.') return name
  }
}

function mappedSources(file) {
  if (!existsSync(`${file}.map`)) return []
  return JSON.parse(readFileSync(`${file}.map`, 'utf8')).sources ?? []
}

/** Packages that name their licence but do not hold its text, and whose author is not who holds the copyright. */
const HOLDERS = {
  'onnxruntime-common': 'Microsoft Corporation',
  'onnxruntime-node': 'Microsoft Corporation',
  'onnxruntime-web': 'Microsoft Corporation',
}

/** Packages that only come inside of another, and who holds their copyright. All are under MIT. */
const INSIDE_OTHERS = { 'path-browserify': 'James Halliday' }

/** Compiled code whose parts have licences of their own. */
const ofOnnxRuntime = (version) =>
  `What ONNX Runtime is made of is listed with its licences in
https://github.com/microsoft/onnxruntime/blob/v${version}/ThirdPartyNotices.txt`
const FURTHER = { 'onnxruntime-node': ofOnnxRuntime, 'onnxruntime-web': ofOnnxRuntime }

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`
