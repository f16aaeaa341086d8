import path from 'node:path'
import type { EngineFolder } from '../../../server/src/engine/types.ts'
import { LOOK_ALIKE_PATHS, SECRET_PATHS } from '../../support/secretNames.ts'
import { secretSamples } from '../../support/secretSamples.ts'
import { githubToken, privateKey } from '../../support/secrets.ts'
import { wordsIn } from '../../support/storedBytes.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'
import { uniqueWord, withIndexed } from './engine.ts'

interface Planted {
  what: string
  /** Stands beside the secret or look-alike, in the same unit and nowhere else. */
  word: string
}

/** Secrets whose words are in the index or an answer, and look-alikes whose words are not found. */
export async function leaking(scratch: string): Promise<Record<string, number>> {
  const secrets: Planted[] = []
  const lookAlikes: Planted[] = []
  const files: Record<string, string> = {}
  let n = 0
  const plant = (list: Planted[], file: string, text: (word: string) => string, what = file) => {
    const word = uniqueWord(n++)
    list.push({ what, word })
    files[file] = text(word)
  }
  for (const [i, file] of SECRET_PATHS.entries())
    plant(
      secrets,
      `names/${i}/${file}`,
      (word) => `${word} = 1
`,
    )
  for (const [i, file] of LOOK_ALIKE_PATHS.entries())
    plant(
      lookAlikes,
      `alike/${i}/${file}`,
      (word) => `${word} = 1
`,
    )
  for (const { rule, secrets: samples, lookAlikes: others } of secretSamples()) {
    const name = FILES[rule] ?? 'sample.txt'
    const beside = (sample: string) => (word: string) =>
      `${word} is here
${sample}
`
    for (const [i, sample] of samples.entries()) plant(secrets, `samples/${rule}/${i}/${name}`, beside(sample), rule)
    for (const [i, sample] of others.entries()) plant(lookAlikes, `others/${rule}/${i}/${name}`, beside(sample), rule)
  }
  for (const [i, text] of [githubToken(), privateKey(12), privateKey(60), privateKey(20, 'OPENSSH ')].entries()) {
    plant(secrets, `code/${i}.ts`, (word) => `export function send${i}() {\n  ${word}(\`${text}\`)\n}\n`, `code ${i}`)
    plant(secrets, `notes/${i}.md`, (word) => `# Server ${i}\n\n${word}\n\n${text}\n`, `notes ${i}`)
  }
  const folder = path.join(scratch, 'folder')
  const storage = path.join(scratch, 'storage')
  writeFiles(folder, files)
  const found = await withIndexed({ folder, storage }, async (opened) => {
    const asked = async ({ word }: Planted) => (await opened.search(`"${word}"`, { limit: 5 })).hits.length > 0
    const shown: Planted[] = []
    for (const each of secrets) if (await asked(each)) shown.push(each)
    const lost: Planted[] = []
    for (const each of lookAlikes) if (!(await asked(each))) lost.push(each)
    return { shown, lost, nUnsaved: await unsavedShown(opened, folder) }
  })
  const stored = wordsIn(
    storage,
    secrets.map(({ word }) => word),
  )
  const indexed = secrets.filter((each) => stored.has(each.word) || found.shown.includes(each))
  const otherRules = found.lost.filter(({ what }) => ALSO_SECRETS.has(what))
  const lost = found.lost.filter((each) => !otherRules.includes(each))
  for (const { what } of indexed) console.error(`indexed though it is a secret: ${what}`)
  for (const { what } of lost) console.error(`lost though it is none: ${what}`)
  for (const { what } of otherRules) console.error(`a look-alike of one rule and a secret by another: ${what}`)
  return {
    names: SECRET_PATHS.length,
    samples: secrets.length - SECRET_PATHS.length,
    secrets_indexed: indexed.length + found.nUnsaved,
    lookalikes: lookAlikes.length,
    lookalikes_lost: lost.length,
  }
}

/** Answers with a secret that is in an editor only. */
async function unsavedShown(opened: EngineFolder, folder: string): Promise<number> {
  const token = githubToken(7)
  const file = 'alike/0/id_rsa.py'
  opened.setOpenText(file, `def connect():\n    return "${token}"\n`)
  let nShown = 0
  for (const query of [`"${token.slice(0, 12)}"`, `re:${token.slice(0, 8)}.*`, `file:${file}`, 'connect', token]) {
    const answer = await opened.search(query, { limit: 20 }).catch(() => ({ hits: [] }))
    if (JSON.stringify(answer).includes(token.slice(4, 20))) nShown++
  }
  const explained = await opened.explain('connect', [{ path: file, startLine: 1, endLine: 2, name: 'connect' }])
  if (JSON.stringify(explained).includes(token.slice(4, 20))) nShown++
  opened.setOpenText(file, undefined)
  if (nShown > 0) console.error(`shown of unsaved text in ${folder}: ${nShown}`)
  return nShown
}

/** Of rules that are about one kind of file. */
const FILES: Record<string, string> = { 'freemius-secret-key': 'a.php', 'nuget-config-password': 'nuget.config' }
/** Rules whose look-alikes are secrets of another rule. */
const ALSO_SECRETS = new Set([
  'anthropic-admin-api-key',
  'anthropic-api-key',
  'cloudflare-api-key',
  'cloudflare-global-api-key',
  'cloudflare-origin-ca-key',
])
