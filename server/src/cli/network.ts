import path from 'node:path'
import type { NetworkOptions } from '../engine/modelLibrary.ts'
import type { CliContext } from './command.ts'
import { type RawOptions, textOption } from './options.ts'

/** How downloads reach their server: by options and the environment. */
export function networkFrom(options: RawOptions, { io }: CliContext): NetworkOptions {
  const [mirror, proxy, caFile] = (['mirror', 'proxy', 'ca-file'] as const).map((name) => textOption(options, name))
  return {
    env: io.env,
    ...(mirror !== undefined && { mirror }),
    ...(proxy !== undefined && { proxy }),
    ...(caFile !== undefined && { caFile: path.resolve(io.cwd, caFile) }),
  }
}
