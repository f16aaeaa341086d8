import path from 'node:path'
import { isCancelled } from '../../base/errors.ts'
import { usageError } from '../../contract/errorCodes.ts'
import type { DownloadPlan, DownloadProgress, ModelLibrary, ModelListing } from '../../engine/modelLibrary.ts'
import { type CliContext, type Command, EXIT } from '../command.ts'
import { storageDirectoryOf } from '../folder.ts'
import { formatBytes, formatSeconds } from '../format.ts'
import { stderrLog } from '../log.ts'
import { networkFrom } from '../network.ts'
import { type RawOptions, textOption } from '../options.ts'
import { createProgressLine } from '../progress.ts'
import { askYes } from '../question.ts'

export const modelsCommand: Command = {
  name: 'models',
  summary: 'Show, download, import, check or remove models.',
  usage: '[list] | download <id> | import <folder or archive> | verify [id] | remove <id>',
  options: [
    ...(['json', 'yes', 'force', 'revision', 'id'] as const),
    ...(['mirror', 'proxy', 'ca-file', 'storage'] as const),
  ],
  details:
    'Only download uses the network: it asks the server what the model is, shows that, and fetches it after a yes.\n' +
    'A download that was stopped goes on where it was. HF_TOKEN is sent to the server of the model, and to no other.\n' +
    'What import takes: a folder, .zip, .tar or .tar.gz with onnx_config.json, tokenizer.json and model_int8.onnx.',
  async run([name = 'list', ...rest], options, context) {
    const action = ACTIONS.get(name)
    if (!action)
      throw usageError(`models has no ${JSON.stringify(name)}: it is list, download, import, verify or remove.`)
    if (rest.length > 1) throw usageError(`Too many arguments: ${JSON.stringify(rest[1])}.`)
    const library = await context.createModelLibrary({
      modelsDirectory: context.modelsDirectory,
      storageDirectory: storageDirectoryOf(options, context),
      network: networkFrom(options, context),
      log: stderrLog(context.io.env.LATERAL_DEBUG === '1' ? 'debug' : 'warn', context.io),
    })
    try {
      return await action(library, rest[0], options, context)
    } catch (error) {
      if (!isCancelled(error)) throw error
      context.io.err('Stopped. What was downloaded is kept: the next run continues from there.')
      return EXIT.interrupted
    }
  },
}

type Action = (
  library: ModelLibrary,
  argument: string | undefined,
  options: RawOptions,
  context: CliContext,
) => Promise<number>

const list: Action = async (library, argument, options, { io }) => {
  if (argument !== undefined) throw usageError(`models list takes no argument, not ${JSON.stringify(argument)}.`)
  const models = await library.list()
  if (options.json) for (const model of models) io.json(model)
  else io.out(...models.map(listingText), '', `Installed models are in ${library.directory}`)
  return EXIT.hits
}

const download: Action = async (library, argument, options, context) => {
  const { io, signal } = context
  const id = needed(argument, 'download', 'the name of a model')
  const revision = textOption(options, 'revision')
  const onRetry = (problem: string) => io.err(`${problem} Trying again.`)
  const plan = await library.plan(id, { signal, onRetry, ...(revision !== undefined && { revision }) })
  if (plan.isInstalled) {
    io.err(`${id} is installed already.`)
  } else {
    io.err(...planLines(plan, library.directory))
    if (!options.yes && !io.canAsk)
      throw usageError('Nothing was downloaded: there is no terminal to ask on. Add --yes if you agree.')
    if (!options.yes && !(await askYes('Download it?', io, signal))) {
      io.err('Nothing was downloaded.')
      return EXIT.none
    }
  }
  const line = createProgressLine(io, downloadProgressText)
  const model = await library
    .download(plan, { signal, onProgress: (progress) => line.update(progress) })
    .finally(() => line.end())
  if (options.json) io.json(model)
  else io.out(`${model.id} is in ${model.directory}`)
  if (!plan.isInstalled)
    io.err(`Use it with "--model ${id}", or in the editor's settings lateral.model.code and .docs.`)
  return EXIT.hits
}

const importFrom: Action = async (library, argument, options, { io, signal }) => {
  const source = path.resolve(io.cwd, needed(argument, 'import', 'a folder or an archive'))
  const id = textOption(options, 'id')
  const onWaiting = () => io.err(WAITING)
  const model = await library.import(source, { signal, onWaiting, ...(id !== undefined && { id }) })
  if (options.json) io.json(model)
  else io.out(`${model.id} is in ${model.directory}`)
  return EXIT.hits
}

const verify: Action = async (library, argument, options, { io, signal }) => {
  const reports = await library.verify(argument, signal)
  for (const report of reports) {
    if (options.json) io.json(report)
    else if (report.bad.length === 0) io.out(`${report.id}: ${report.nFiles} files as they should be`)
    else
      for (const { path: name, problem } of report.bad)
        io.out(`${report.id}: ${path.join(report.directory, name)} is ${PROBLEMS[problem]}`)
  }
  const bad = reports.filter((report) => report.bad.length > 0)
  if (bad.length > 0 && !options.json)
    io.err('Download or import a bad model again; reinstall Lateral for a built-in one.')
  return bad.length > 0 ? EXIT.none : EXIT.hits
}

const remove: Action = async (library, argument, options, { io }) => {
  const id = needed(argument, 'remove', 'the name of a model')
  const sizeBytes = await library.remove(id, { force: options.force === true })
  if (options.json) io.json({ id, sizeBytes })
  else io.out(`Removed ${id} (${formatBytes(sizeBytes)}).`)
  return EXIT.hits
}

function needed(argument: string | undefined, action: string, what: string): string {
  if (argument === undefined || argument === '') throw usageError(`models ${action} needs ${what}.`)
  return argument
}

function listingText({ id, state, spaces, summary, sizeBytes, directory }: ModelListing): string {
  const place = directory === undefined ? '' : `  ${directory}`
  const size = sizeBytes > 0 ? formatBytes(sizeBytes) : ''
  return `${id.padEnd(44)}${state.padEnd(11)}${size.padEnd(10)}${spaces.join(' and ')}: ${summary}${place}`
}

/** All that somebody has to know who is asked for a yes. */
export function planLines(plan: DownloadPlan, directory: string): string[] {
  const total = plan.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return [
    `${plan.id}, ${formatBytes(total)} in ${plan.files.length} files`,
    `  from     ${plan.endpoint}/${plan.repository}`,
    `  revision ${plan.revision}${plan.isPinned ? ' (agreed on before)' : ''}`,
    `  licence  ${plan.licence ?? 'not stated: see the page of the model'}`,
    `  to       ${directory}`,
    ...plan.files.map(({ path: name, sizeBytes, sha256, gitOid }) => {
      const checksum = sha256 !== undefined ? `sha256 ${sha256}` : `git ${gitOid ?? ''}`
      return `  ${name.padEnd(20)} ${formatBytes(sizeBytes).padEnd(9)} ${checksum}`
    }),
  ]
}

export function downloadProgressText(progress: DownloadProgress): string {
  if (progress.stage === 'waiting') return WAITING
  if (progress.stage === 'checking') return `Checking ${progress.file}`
  if (progress.stage === 'retrying') return `Trying again: ${progress.problem ?? ''}`
  const parts = [
    `Downloading ${progress.file}: ${formatBytes(progress.doneBytes)} of ${formatBytes(progress.totalBytes)}`,
  ]
  if (progress.bytesPerSecond > 0) parts.push(`${formatBytes(Math.round(progress.bytesPerSecond))}/s`)
  if (progress.secondsLeft !== null) parts.push(`${formatSeconds(Math.ceil(progress.secondsLeft))} left`)
  return parts.join(', ')
}

const ACTIONS: ReadonlyMap<string, Action> = new Map(
  Object.entries({ list, download, import: importFrom, verify, remove }),
)
const WAITING = 'Another process is at work on this model; waiting for it.'
const PROBLEMS = { missing: 'missing', 'wrong-size': 'cut short or too long', changed: 'changed' } as const
