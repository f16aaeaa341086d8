import { spawn } from 'node:child_process'

/**
 * Runs `npm install` with these arguments in `cwd`; rejects with npm's words where it fails. Install scripts stay off:
 * they would compile parts that are not needed, or fetch what only a registry may bring.
 */
export function npmInstall(cwd, args) {
  const common = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  return new Promise((resolve, reject) => {
    const child = spawn('npm', [...common, ...args], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: process.platform === 'win32',
    })
    let problems = ''
    child.stderr.on('data', (chunk) => {
      problems += chunk
    })
    child.on('error', reject)
    child.on('exit', (code) =>
      code === 0 ? resolve(undefined) : reject(new Error(`npm install in ${cwd} ended with ${code}:\n${problems}`)),
    )
  })
}
