import path from 'node:path'

/** What the default place depends on; passed in, so that every platform's rule can be tested on any of them. */
export interface PathEnvironment {
  platform: NodeJS.Platform
  env: Record<string, string | undefined>
  homeDirectory: string
}

/**
 * Where indexes go unless told otherwise: the platform's folder for application data.
 * Linux follows the XDG base directory specification, which says to ignore a relative XDG_DATA_HOME.
 */
export function defaultStorageDirectory({ platform, env, homeDirectory }: PathEnvironment): string {
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA
    return path.win32.join(local || path.win32.join(homeDirectory, 'AppData', 'Local'), 'lateral')
  }
  if (platform === 'darwin') return path.posix.join(homeDirectory, 'Library', 'Application Support', 'lateral')
  const data = env.XDG_DATA_HOME
  const base = data && path.posix.isAbsolute(data) ? data : path.posix.join(homeDirectory, '.local', 'share')
  return path.posix.join(base, 'lateral')
}

/**
 * `absolutePath` relative to `folder`, with the system's separators; undefined where it is the folder itself or not below
 * it. A name may begin with two dots.
 */
export function pathBelow(folder: string, absolutePath: string): string | undefined {
  const relative = path.relative(folder, absolutePath)
  const isOutside = relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)
  return relative === '' || isOutside ? undefined : relative
}
