import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TuneReport } from '../../../server/src/contract/tuning.ts'
import { manyUnits } from '../../support/manyUnits.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const cli = path.resolve(import.meta.dirname, '../../../server/dist/cli.js')

interface Outcome {
  code: number | null
  out: string
  err: string
  /** Processes of its own that it had when it was interrupted. */
  children: number[]
}

/** The built command line as a process. */
function tune(folder: string, storage: string, args: string[], interruptOn?: RegExp): Promise<Outcome> {
  const child = spawn(process.execPath, [cli, 'tune', folder, ...args, '--threads', '2', '--storage', storage])
  let [out, err] = ['', '']
  let children: number[] = []
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => {
    err += chunk
    if (child.killed || !interruptOn?.test(err)) return
    children = childrenOf(child.pid!)
    child.kill('SIGINT')
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err, children })))
}

/** Empty where the system does not tell. */
function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`
  return existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number) : []
}

const isAlive = (pid: number) => existsSync(`/proc/${pid}`)

describe('lateral tune', () => {
  it('measures an index, and stops when it is interrupted', async () => {
    const [folder, storage] = [temporaryFolder(), temporaryFolder()]
    writeFiles(folder, manyUnits(1100))
    const first = await tune(folder, storage, ['--json', '--queries', '5'])
    expect(first.code, first.err).toBe(0)
    const report: TuneReport & { folder: string } = JSON.parse(first.out)
    expect(report).toMatchObject({ folder, nQueries: 5, current: { nIvfProbe: 8, nFullScores: 4096 } })
    expect(report.measured.find(({ nIvfProbe }) => nIvfProbe === 32)!.recall).toBeGreaterThan(0.8)
    expect(report.measured).toContainEqual(expect.objectContaining(report.recommended))

    const text = await tune(folder, storage, ['--no-update', '--queries', '2'])
    expect(text.out).toMatch(/recall@10 .+\n( +\d.+\n)+\n {2}(Recommended: |No setting needs to change)/)

    const stopped = await tune(folder, storage, ['--no-update', '--queries', '1000'], /Measuring: /)
    expect(stopped).toMatchObject({ code: 130, out: '', err: expect.stringMatching(/Stopped\./) })
    if (process.platform === 'linux') expect(stopped.children.length).toBeGreaterThan(0)
    expect(stopped.children.filter(isAlive)).toEqual([])
  }, 90_000)

  it('has nothing to measure in a small folder', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, manyUnits(3))
    const { code, out, err } = await tune(folder, temporaryFolder(), [])
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/There is nothing to tune: .+ exact/)
  })
})
