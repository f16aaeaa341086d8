import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { seededRandom } from '../../../server/src/base/random.ts'
import { RelatedRequest, type WireHit } from '../../../server/src/contract/requests.ts'
import { LspClient, toUri, until } from './client.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
let client: LspClient
afterEach(async () => {
  await client.stop()
  workspace.remove()
})

/** One file as the test knows it: what stands in it, how it is encoded, and what an editor holds of it. */
interface Model {
  file: string
  functions: { name: string; isOriginal: boolean; nLines: number }[]
  header: string[]
  encoding: 'utf8' | 'bom' | 'utf16'
  lineEnd: '\n' | '\r\n' | '\r'
  /** The text of an editor, where one holds the file: it counts, not the disk. */
  unsaved: string | undefined
}

const SEED = Number(process.env.LATERAL_SEED ?? 16)
const N_STEPS = 36

it(`edits without events: no dead name is answered, and nothing that is there is lost (seed ${SEED})`, async () => {
  workspace = temporaryWorkspace({ isEmpty: true })
  mkdirSync(path.join(workspace.folder, 'src'))
  const random = seededRandom(SEED)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  let serial = 0
  const newFunction = (isOriginal: boolean) => ({
    name: `${pick(VERBS)}${pick(NOUNS)}${String(serial++).padStart(3, '0')}`,
    isOriginal,
    nLines: 4 + (serial % 5),
  })
  let files: Model[] = Array.from({ length: 5 }, (_, i) => ({
    file: `src/part${i}.ts`,
    functions: Array.from({ length: 5 }, () => newFunction(true)),
    ...{ header: ['// What this part is for.'], encoding: 'utf8', lineEnd: '\n', unsaved: undefined },
  }))
  const dead = new Set<string>()
  for (const model of files) save(workspace.folder, model)
  client = await LspClient.start({
    folders: [workspace.folder],
    storageDirectory: workspace.storageDirectory,
    watches: true,
  })
  await client.untilPhase('ready', 60_000)

  const textNow = (file: string) => {
    const model = files.find((each) => each.file === file)
    return model && (model.unsaved ?? textOf(model))
  }
  const nameIsThere = (hit: WireHit) => {
    const lines = textNow(hit.path)?.split('\n')
    expect([hit.path, lines !== undefined], 'a hit in a file that is not there').toEqual([hit.path, true])
    expect(lines!.length, `${hit.path}: lines past the end`).toBeGreaterThanOrEqual(hit.endLine)
    expect(lines![hit.nameLine - 1], `${hit.path}:${hit.nameLine} is no ${hit.name}`).toContain(hit.name)
    expect(lines![hit.snippetLine - 1], `${hit.path}:${hit.snippetLine}`).toContain(hit.snippet)
    return hit.name
  }
  /** The index may be taking up another state of the file between the steps of a search: then the next one has it. */
  const finds = (query: string, name: string, what: string) =>
    until(`${what}: ${name}`, 5000, async () => (await namesOf(query)).includes(name) || undefined)
  const namesOf = async (query: string) => (await client.search(query)).hits.map(nameIsThere)

  const steps: Record<string, (model: Model) => void> = {
    'a function is renamed, size and time stay': (model) => {
      const one = pick(model.functions)
      const { name } = newFunction(false)
      dead.add(one.name)
      Object.assign(one, { name: name.padEnd(one.name.length, 'x').slice(0, one.name.length), isOriginal: false })
      saveQuietly(workspace.folder, model)
    },
    'lines come above': (model) => {
      model.header.push(`// note ${serial++}`)
      save(workspace.folder, model)
    },
    'a function goes': (model) => {
      if (model.functions.length < 2) return
      dead.add(model.functions.splice(Math.floor(random() * model.functions.length), 1)[0]!.name)
      save(workspace.folder, model)
    },
    'functions change places': (model) => {
      model.functions.reverse()
      saveQuietly(workspace.folder, model)
    },
    'a body grows': (model) => {
      pick(model.functions).nLines += 2
      save(workspace.folder, model)
    },
    'a function comes': (model) => {
      model.functions.splice(1, 0, newFunction(false))
      save(workspace.folder, model)
    },
    'the end is cut off': (model) => {
      for (const { name } of model.functions.splice(2)) dead.add(name)
      save(workspace.folder, model)
    },
    'line ends change': (model) => {
      model.lineEnd = pick(['\n', '\r\n', '\r'])
      save(workspace.folder, model)
    },
    'the encoding changes': (model) => {
      model.encoding = pick(['utf8', 'bom', 'utf16'])
      save(workspace.folder, model)
    },
    'the file gets another name': (model) => {
      const file = `src/moved${serial++}.ts`
      renameSync(path.join(workspace.folder, model.file), path.join(workspace.folder, file))
      model.file = file
      for (const each of model.functions) each.isOriginal = false
    },
    'the file goes': (model) => {
      if (files.length < 4) return
      rmSync(path.join(workspace.folder, model.file))
      files = files.filter((each) => each !== model)
      for (const { name } of model.functions) dead.add(name)
    },
  }
  let version = 1
  /** An editor takes the file up and changes it, without saving. */
  const editUnsaved = async (model: Model) => {
    const uri = await client.open(path.join(workspace.folder, model.file), textOf(model))
    const gone = pick(model.functions)
    const held = {
      ...model,
      header: ['// unsaved', ...model.header],
      functions: model.functions.filter((f) => f !== gone),
    }
    const text = textOf(held)
    await client.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: ++version },
      contentChanges: [{ text: text.replaceAll('\n', model.lineEnd) }],
    })
    model.unsaved = text
    const close = async () => {
      await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } })
      model.unsaved = undefined
    }
    return { gone: gone.name, close }
  }

  const checkAll = async (what: string) => {
    const here = files.filter(({ unsaved }) => unsaved === undefined)
    const known = here
      .flatMap(({ functions }) => functions.filter(({ isOriginal }) => isOriginal))
      .map(({ name }) => name)
    for (const name of [known[0], known.at(-1)].filter((each) => each !== undefined)) {
      await finds(name, name, `${what}: by name`)
      await finds(`"function ${name}"`, name, `${what}: by its text`)
    }
    for (const name of [...dead].slice(-2)) {
      expect(await namesOf(name), `${what}: ${name} is dead`).not.toContain(name)
      expect(await namesOf(`"${name}"`), `${what}: ${name} is dead`).toEqual([])
    }
    const [hit] = (await client.search('step of all words')).hits
    if (!hit) return
    const uri = toUri(path.join(workspace.folder, hit.path))
    const { hits } = await client.request(RelatedRequest, { uri, line: hit.nameLine - 1 })
    for (const each of hits) nameIsThere(each)
  }

  await checkAll('at first')
  for (let step = 0; step < N_STEPS; step++) {
    const what = pick(Object.keys(steps))
    steps[what]!(pick(files))
    await checkAll(`step ${step}, ${what}`)
    if (step % 6 !== 5) continue
    const model = pick(files)
    const { gone, close } = await editUnsaved(model)
    expect(await namesOf(gone), `step ${step}: ${gone} is not in the editor`).not.toContain(gone)
    const left = model.functions.find(({ name, isOriginal }) => isOriginal && name !== gone)
    if (left) await finds(left.name, left.name, `step ${step}: in the editor`)
    await checkAll(`step ${step}, unsaved`)
    await close()
    if (isOriginalNow(model, gone)) await finds(gone, gone, `step ${step}: closed`)
  }
}, 120_000)

const isOriginalNow = (model: Model, name: string) =>
  model.functions.some((each) => each.name === name && each.isOriginal)

/** Lines end with '\n' here, whatever they end with in the file. */
function textOf({ header, functions }: Model): string {
  const body = ({ name, nLines }: Model['functions'][number]) =>
    Array.from({ length: nLines }, (_, i) => `  steps.push(step${i}.of('${name.slice(0, 4)} words that say ${i}'))`)
  const all = functions.map((each) => `export function ${each.name}(steps: Step[]) {\n${body(each).join('\n')}\n}\n`)
  return `${header.join('\n')}\n\n${all.join('\n')}`
}

function save(folder: string, model: Model): void {
  const text = textOf(model).replaceAll('\n', model.lineEnd)
  const marked = model.encoding === 'utf8' ? text : `\uFEFF${text}`
  const file = path.join(folder, model.file)
  // In one piece: nothing would tell the server that it has read the half of a file.
  writeFileSync(`${file}.tmp`, Buffer.from(marked, model.encoding === 'utf16' ? 'utf16le' : 'utf8'))
  renameSync(`${file}.tmp`, file)
}

/** Leaves the time as it was, and the size where the text is as long. */
function saveQuietly(folder: string, model: Model): void {
  const file = path.join(folder, model.file)
  const { atime, mtime, size } = statSync(file)
  save(folder, model)
  utimesSync(file, atime, mtime)
  expect(readFileSync(file).length).toBe(size)
}

const VERBS = ['load', 'save', 'sort', 'hash', 'trim', 'pack']
const NOUNS = ['Harbour', 'Lantern', 'Meadow', 'Quarry', 'Saddle', 'Timber', 'Violin', 'Walnut']
