import path from 'node:path'
import { pathBelow } from '../../base/paths.ts'
import { usageError } from '../../contract/errorCodes.ts'
import type { Command } from '../command.ts'
import { ensureUpdated, exitOf, onlyFolder, readableFolder, withFolder } from '../folder.ts'
import { formatHit } from '../format.ts'
import { countOption, UPDATE_OPTIONS } from '../options.ts'

export const relatedCommand: Command = {
  name: 'related',
  summary: 'Find units like the one at a line of a file.',
  usage: '<file>:<line> [dir]',
  options: ['limit', 'json', 'no-update', 'require-complete', ...UPDATE_OPTIONS],
  async run(positionals, options, context) {
    const { io, signal } = context
    const place = placeFrom(positionals[0])
    const folder = await readableFolder(onlyFolder(positionals.slice(1)), io)
    const limit = countOption(options, 'limit', 1, 10_000) ?? 10
    return withFolder(folder, options, context, async (opened) => {
      await ensureUpdated(opened, options, context)
      const file = pathInside(folder, place.file, io.cwd)
      const { hits, elapsedMs, complete } = await opened.related(file, place.line, { limit, signal })
      const ms = Number(elapsedMs.toFixed(2))
      if (options.json) io.json({ path: file, line: place.line, hits, ms, complete })
      else for (const hit of hits) io.out(...formatHit(hit, io.cwd))
      if (hits.length === 0 && !options.json) io.err(`Nothing is related to ${file}:${place.line}.`)
      return exitOf(hits.length, complete, options)
    })
  },
}

/** 'src/a.ts:12' -> file and 1-based line. The last colon counts: a Windows path may hold another. */
export function placeFrom(text: string | undefined): { file: string; line: number } {
  const match = text?.match(/^(.+):(\d+)$/)
  const line = Number(match?.[2])
  if (!match?.[1] || !Number.isSafeInteger(line) || line < 1)
    throw usageError(`related needs <file>:<line>${text === undefined ? '' : `, not ${JSON.stringify(text)}`}.`)
  return { file: match[1], line }
}

/** The path the index knows: relative to `folder`, '/' between parts. A relative `file` may start at either folder. */
export function pathInside(folder: string, file: string, cwd: string): string {
  const fromWorkingFolder = pathBelow(folder, path.resolve(cwd, file))
  if (fromWorkingFolder === undefined && path.isAbsolute(file)) throw usageError(`${file} is not in ${folder}.`)
  return (fromWorkingFolder ?? path.normalize(file)).split(path.sep).join('/')
}
