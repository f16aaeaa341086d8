import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Where everything is inside, whatever is outside: nothing of the user's own folders is in sight. */
export const SCENE = {
  home: '/mnt/home',
  temporary: '/mnt/temporary',
  workspace: '/mnt/workspace',
  long: '/mnt/long',
  lateral: '/mnt/lateral',
  node: '/mnt/node',
  report: '/mnt/report.json',
  strace: '/mnt/strace',
} as const

/**
 * The environment of everything that runs inside, and all of it. ONNX Runtime keeps quiet where one of CI, TF_BUILD,
 * GITHUB_ACTIONS, GITLAB_CI, CIRCLECI, TRAVIS, JENKINS_URL, CODEBUILD_BUILD_ID, BUILDKITE, TEAMCITY_VERSION, APPVEYOR,
 * BITBUCKET_BUILD_NUMBER, ORT_RUNNING_UNIT_TESTS or ORT_DISABLE_TELEMETRY is set; others may have more.
 */
export const ENVIRONMENT = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: SCENE.home,
  TMPDIR: SCENE.temporary,
}

/**
 * Mounts folders of the run's own over those that programs like to write to, and gives them. The network is one
 * loopback device which, where `ip` can tell it so, takes every address there is for its own: whoever wants to talk gets
 * somewhere, is seen and is counted.
 */
export function setScene({ base, root, passwdHome }: { base: string; root: string; passwdHome: string }): string[] {
  mount(base, '/mnt')
  mount(root, SCENE.lateral)
  mount(process.execPath, SCENE.node)
  const places = ['/run', passwdHome, '/var/tmp', '/dev/shm', '/tmp'].filter(
    (place) => place !== '/' && existsSync(place),
  )
  for (const place of places) {
    const own = path.join('/mnt/places', place.replaceAll('/', '_'))
    mkdirSync(own, { mode: 0o777 })
    mount(own, place)
  }
  // Look-ups go to the resolver at the loopback address, not past it to a daemon behind a Unix socket.
  replaceFile('/etc/resolv.conf', 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n')
  replaceFile('/etc/nsswitch.conf', 'hosts: files dns\npasswd: files\ngroup: files\n')
  replaceFile('/etc/hosts', '127.0.0.1 localhost\n::1 localhost\n')
  raiseNetwork()
  return [...places, SCENE.home, SCENE.temporary]
}

/** Without `ip` only root can raise a device, and addresses other than the machine's own are refused, and counted. */
function raiseNetwork(): void {
  if (!hasProgram('ip')) {
    execFileSync('mount', ['-t', 'sysfs', 'sysfs', '/sys'])
    writeFileSync('/sys/class/net/lo/flags', '0x9')
    return
  }
  ip('link', 'set', 'lo', 'up')
  ip('route', 'add', 'local', 'default', 'dev', 'lo')
  try {
    ip('-6', 'route', 'add', 'local', '::/0', 'dev', 'lo')
  } catch {
    // A machine without IPv6 has no way out by it either.
  }
}

/** The file of a program, links followed; undefined where it is not on PATH. */
export function programFile(name: string): string | undefined {
  const folders = ENVIRONMENT.PATH.split(':')
  const folder = folders.find((each) => existsSync(path.join(each, name)))
  return folder === undefined ? undefined : realpathSync(path.join(folder, name))
}

export const hasProgram = (name: string): boolean => programFile(name) !== undefined

const mount = (from: string, to: string) => execFileSync('mount', ['--bind', from, to])
const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })

function replaceFile(file: string, text: string): void {
  const own = path.join('/mnt/places', path.basename(file))
  writeFileSync(own, text)
  if (!existsSync(file)) {
    // A link into /run, of which nothing is in sight.
    try {
      const target = path.resolve(path.dirname(file), readlinkSync(file))
      mkdirSync(path.dirname(target), { recursive: true })
      writeFileSync(target, '')
    } catch {
      return
    }
  }
  mount(own, realpathSync(file))
}
