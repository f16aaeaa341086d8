// Makes server/src/chunk/secrets/rules.json of gitleaks' published rules.
// `node server/build/secretRules.mjs FOLDER`: FOLDER is the unpacked Go module github.com/zricethezav/gitleaks/v8@VERSION,
// as `go mod download -json` names it; nothing is fetched here.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { repositoryRoot } from './freshness.mjs'
import { Problem } from './problem.mjs'
import { javaScriptOf } from './re2ToJs.mjs'

export const RULES_FILE = path.join(repositoryRoot, 'server/src/chunk/secrets/rules.json')

/** The text of rules.json for the text of gitleaks.toml. */
export function secretRules(toml, version) {
  const { tables, global } = readToml(toml)
  const rules = tables
    .filter(({ id, regex }) => regex !== undefined && !(id in LEFT_OUT))
    .map(({ id, regex, keywords, entropy, secretGroup, path: where, allow }) => ({
      id,
      // What may stand before the name of a service changes where a match begins, not whether there is one.
      regex: javaScriptOf(
        regex
          .replace(/^\(\?i\)\[\\w\.-\]\{0,50\}\?/, '(?i)')
          .replace(/^\[\\w\.-\]\{0,50\}\?\(\?i:\[\\w\.-\]\{0,50\}\?/, '(?i:'),
      ),
      keywords: [...new Set(keywords.map((keyword) => keyword.toLowerCase()))],
      ...(entropy !== undefined && { entropy }),
      ...(secretGroup !== undefined && { group: secretGroup }),
      ...(where !== undefined && { path: javaScriptOf(where) }),
      ...(allow.length > 0 && { allow: allow.map(javaScriptOf) }),
    }))
  const source = {
    name: 'gitleaks',
    version,
    licence: 'MIT',
    copyright: '2019 Zachary Rice',
    url: 'https://github.com/gitleaks/gitleaks',
    sha256: createHash('sha256').update(toml).digest('hex'),
    leftOut: LEFT_OUT,
  }
  const allow = { regexes: global.regexes.map(javaScriptOf), words: global.stopwords }
  const lines = rules.map((rule) => `    ${JSON.stringify(rule)}`)
  return `{\n  "source": ${JSON.stringify(source)},\n  "allow": ${JSON.stringify(allow)},\n  "rules": [\n${lines.join(',\n')}\n  ]\n}\n`
}

/** The subset of TOML that gitleaks generates. */
function readToml(text) {
  const tables = []
  const global = { regexes: [], stopwords: [] }
  let allowsPaths = false
  let section = 'top'
  let list
  const targetOf = (key) => {
    if (section === 'allowlist') return global[key] ?? []
    if (section === 'rule' && key === 'keywords') return tables.at(-1).keywords
    if (section === 'allow' && key === 'regexes' && !allowsPaths) return tables.at(-1).allow
    return []
  }
  for (const line of text.split('\n')) {
    const trimmed = line.trim()
    if (list) {
      if (trimmed === ']') list = undefined
      else list.push(...stringsOf(trimmed))
      continue
    }
    if (trimmed === '[allowlist]') section = 'allowlist'
    else if (trimmed === '[[rules]]') {
      section = 'rule'
      tables.push({ keywords: [], allow: [] })
    } else if (trimmed === '[[rules.allowlists]]') {
      section = 'allow'
      allowsPaths = false
    }
    const [, key, value] = /^(\w+) = (.+)$/.exec(trimmed) ?? []
    if (key === undefined) continue
    // About the whole match, or both conditions at once: more than a list of secrets that are none.
    if (section === 'allow' && (key === 'condition' || key === 'regexTarget')) allowsPaths = true
    if (value === '[') list = targetOf(key)
    else if (value.startsWith('[')) targetOf(key).push(...stringsOf(value))
    else if (section === 'rule') tables.at(-1)[key] = /^[\d.]+$/.test(value) ? Number(value) : stringsOf(value)[0]
  }
  return { tables, global }
}

const stringsOf = (text) =>
  [...text.matchAll(/'''(.*?)'''|"((?:[^"\\]|\\.)*)"/g)].map(([, raw, quoted]) => raw ?? JSON.parse(`"${quoted}"`))

/** Why a rule is not taken. */
const LEFT_OUT = {
  'generic-api-key': 'tells by entropy alone, which loses source code',
  'private-key': 'also matches code about keys: key blocks are told by their body, see keyBlocks.ts',
  'curl-auth-header': 'matches examples in documentation',
  'curl-auth-user': 'matches examples in documentation',
  'kubernetes-secret-yaml': 'not linear in time, and matches charts',
  'sourcegraph-access-token': 'any commit hash in a text that names the company',
  'pkcs12-file': 'tells by name: secretNames.ts does',
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv[2]
  const version = /gitleaks\/v8@v(\d[\w.]*)\/?$/.exec(folder ?? '')?.[1]
  if (!version) throw new Problem('Name the folder of the Go module: .../github.com/zricethezav/gitleaks/v8@vVERSION.')
  writeFileSync(RULES_FILE, secretRules(readFileSync(path.join(folder, 'config/gitleaks.toml'), 'utf8'), version))
}
