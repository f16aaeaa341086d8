import { access, constants, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../base/errors.ts'
import { type ErrorCode, folderUnreadable, indexMissing, usageError } from '../contract/errorCodes.ts'
import { defaultSettings, type Settings, settingsSchema } from '../contract/settings.schema.ts'
import type { BuildOptions, BuildReport, Engine, EngineFolder, EngineOptions } from '../engine/types.ts'
import { type CliContext, EXIT } from './command.ts'
import { formatCount } from './format.ts'
import type { CliIo } from './io.ts'
import { stderrLog } from './log.ts'
import { countOption, type RawOptions, textOption, textsOption } from './options.ts'
import { buildProgressText, createProgressLine } from './progress.ts'

/** Opens the engine on `folder` for the time of `work`; closes both however it ends. */
export async function withFolder<T>(
  folder: string,
  options: RawOptions,
  context: CliContext,
  work: (folder: EngineFolder) => Promise<T>,
  first: EngineOptions['first'] = 'queries',
): Promise<T> {
  const settings = settingsFrom(options, context.io)
  const onEngine = async (engine: Engine) => {
    const opened = await engine.openFolder(folder, settings)
    try {
      return await work(opened)
    } finally {
      await opened.close()
    }
  }
  return withEngine(options, context, onEngine, first)
}

/** The engine for the time of `work`, with no folder open. */
export async function withEngine<T>(
  options: RawOptions,
  context: CliContext,
  work: (engine: Engine) => Promise<T>,
  first: EngineOptions['first'] = 'queries',
): Promise<T> {
  const engine = await context.createEngine({
    storageDirectory: storageDirectoryOf(options, context),
    modelsDirectory: context.modelsDirectory,
    first,
    log: stderrLog(context.io.env.LATERAL_DEBUG === '1' ? 'debug' : 'error', context.io),
  })
  try {
    return await work(engine)
  } finally {
    await engine.dispose()
  }
}

export function storageDirectoryOf(options: RawOptions, { io, storageDirectory }: CliContext): string {
  return path.resolve(io.cwd, textOption(options, 'storage') ?? storageDirectory)
}

/** Absolute path of an existing, readable folder; throws E_FOLDER. Links are resolved: one folder, one index. */
export async function readableFolder(given: string | undefined, io: CliIo): Promise<string> {
  // What `"$FOLDER"` becomes in a shell that knows no FOLDER.
  if (given === '') throw usageError('The folder is an empty text; leave it out for the working folder.')
  const folder = path.resolve(io.cwd, given ?? '.')
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('not a folder')
    await access(folder, constants.R_OK | constants.X_OK)
    return await realpath(folder)
  } catch (error) {
    throw folderUnreadable(folder, error)
  }
}

/** Brings the index up to date with a progress line on standard error. */
export async function buildWithProgress(
  folder: EngineFolder,
  { io, signal }: CliContext,
  options: Pick<BuildOptions, 'upkeep'> = {},
): Promise<BuildReport> {
  const line = createProgressLine(io, buildProgressText)
  try {
    return await folder.build({ ...options, signal, onProgress: (progress) => line.update(progress) })
  } finally {
    line.end()
  }
}

/**
 * After a build: the rest of a change of models, where other ones still answer for a part. Gives what both came to.
 */
export async function upgradeWithProgress(
  folder: EngineFolder,
  report: BuildReport,
  { io, signal }: CliContext,
): Promise<BuildReport> {
  const line = createProgressLine(io, buildProgressText)
  try {
    const upgrade = await folder.upgrade({ signal, onProgress: (progress) => line.update(progress) })
    if (!upgrade) return report
    const { nTokens, sizeBytes } = await folder.status()
    const nUnitsEncoded = report.nUnitsEncoded + upgrade.nUnitsEncoded
    return {
      ...{ ...report, nTokens, sizeBytes, nUnitsEncoded },
      nUnitsReused: Math.max(0, report.nUnits - nUnitsEncoded),
      nTokensEncoded: report.nTokensEncoded + upgrade.nTokensEncoded,
      encodeMs: report.encodeMs + upgrade.encodeMs,
      elapsedMs: report.elapsedMs + upgrade.encodeMs,
    }
  } finally {
    line.end()
  }
}

/**
 * Before a search: builds what is missing, unless `--no-update` asks for the index as it is (E_INDEX_MISSING where
 * there is none). While another process writes, its last commit answers; where this one may not write, the index as it
 * is.
 */
export async function ensureUpdated(folder: EngineFolder, options: RawOptions, context: CliContext): Promise<void> {
  if (options['no-update']) {
    const { nFiles, writer } = await folder.status()
    if (nFiles === 0 && writer === undefined) throw indexMissing(folder.folder)
    return
  }
  try {
    await buildWithProgress(folder, context)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'E_LOCKED') {
      context.io.err('Another process is updating this index; answering from what it has written so far.')
    } else if (CANNOT_UPDATE.has(error.code) && (await folder.status()).nFiles > 0) {
      context.io.err(`${error.message} Answering from what is in it.`)
    } else throw error
  }
  const { upgrade } = await folder.status()
  if (!upgrade) return
  const [done, all] = [formatCount(upgrade.nUnitsDone), formatCount(upgrade.nUnits)]
  context.io.err(
    `The chosen models have encoded ${done} of ${all} units, those before answer for the rest: see "index".`,
  )
}

/** What a command that searched ends with. */
export function exitOf(nHits: number, complete: boolean, options: RawOptions): number {
  if (!complete && options['require-complete']) return EXIT.incomplete
  return nHits > 0 ? EXIT.hits : EXIT.none
}

/** The optional last argument of a command; more than one is a mistake worth telling. */
export function onlyFolder(positionals: string[]): string | undefined {
  if (positionals.length > 1)
    throw usageError(
      `Too many arguments: ${positionals
        .slice(1)
        .map((text) => JSON.stringify(text))
        .join(', ')}.`,
    )
  return positionals[0]
}

/** Nothing is wrong with the index as it is. */
const CANNOT_UPDATE: ReadonlySet<string> = new Set<ErrorCode>(['E_STORAGE', 'E_DISK_FULL'])

function settingsFrom(options: RawOptions, io: CliIo): Settings {
  const threads = countOption(options, 'threads', 0, 64)
  const poolFactor = countOption(options, 'pool-factor', 1, 4) as Settings['index.poolFactor'] | undefined
  return {
    ...defaultSettings,
    'index.exclude': textsOption(options, 'exclude'),
    ...(threads !== undefined && { 'index.threads': threads }),
    ...(poolFactor !== undefined && { 'index.poolFactor': poolFactor }),
    ...acceleratorSetting(options),
    ...modelSettings(options, io),
  }
}

function acceleratorSetting(options: RawOptions): Partial<Settings> {
  const given = textOption(options, 'accelerator')
  if (given === undefined) return {}
  const known = settingsSchema.shape['model.accelerator'].unwrap().options
  const accelerator = known.find((name) => name === given)
  if (!accelerator) throw usageError(`--accelerator is one of ${known.join(', ')}, not ${JSON.stringify(given)}.`)
  return { 'model.accelerator': accelerator }
}

/** What `--model-dir DIR` sets, or `--model ID` for both spaces and `--model code=ID` for one. */
export function modelSettings(options: RawOptions, io: CliIo): Partial<Settings> {
  const given = textOption(options, 'model-dir')
  const ids = textsOption(options, 'model')
  if (given !== undefined && ids.length > 0) throw usageError('--model and --model-dir exclude each other.')
  const folder = given === undefined ? undefined : path.resolve(io.cwd, given)
  const settings: Partial<Settings> = folder === undefined ? {} : { 'model.code': folder, 'model.docs': folder }
  for (const text of ids) {
    const [, space, id] = text.match(/^(?:(code|docs)=)?([^=]+)$/) ?? []
    if (id === undefined) throw usageError(`--model takes ID, code=ID or docs=ID, not ${JSON.stringify(text)}.`)
    if (space !== 'docs') settings['model.code'] = id
    if (space !== 'code') settings['model.docs'] = id
  }
  return settings
}
