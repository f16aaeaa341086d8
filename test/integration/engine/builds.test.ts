import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../../server/src/base/log.ts'
import { seededRandom } from '../../../server/src/base/random.ts'
import type { BuildProgress, EngineFolder, FolderState } from '../../../server/src/engine/types.ts'
import { engineOn, found, PROJECT } from '../../support/engineHarness.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const WORDS = 'open read parse render merge flush retry cache sort route sign draw'.split(' ')
/** Enough text that a build takes a second or two. */
const manyFiles = (nFiles: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: nFiles }, (_, i) => {
      const [a, b, c] = [WORDS[i % 12]!, WORDS[(i * 5 + 3) % 12]!, WORDS[(i * 7 + 1) % 12]!]
      const functions = [a, b, c].map(
        (word, n) =>
          `// ${word}Part${i} will ${word} one part of the ${b} and then the ${c} that is left of it.\n` +
          `func ${word}Part${i}(input Input, n int) error {\n\tfor step := 0; step < n; step++ {\n` +
          `\t\tif err := input.${a}(step, ${n}); err != nil {\n\t\t\treturn ${c}Error(err, step)\n\t\t}\n\t}\n\treturn nil\n}\n`,
      )
      return [`pkg${i % 7}/part${i}.go`, `package pkg${i % 7}\n\n${functions.join('\n')}`]
    }),
  )

/** Resolves once a build has begun to encode. */
function encodingBegins(opened: EngineFolder): Promise<void> {
  return new Promise((resolve) => {
    const listening = opened.onDidChangeState((state) => {
      if (state.phase !== 'indexing') return
      listening.dispose()
      resolve()
    })
  })
}

const childProcesses = (): number[] => {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter((line) => line.includes('encoderProcess.js'))
    .map((line) => Number.parseInt(line, 10))
}

describe('a build', () => {
  it('is one, however often it is asked for, and tells how far it is', async () => {
    const { open } = await engineOn(manyFiles(60))
    const opened = await open()
    const states: FolderState[] = []
    const progress: BuildProgress[] = []
    opened.onDidChangeState((state) => states.push(state))
    const reports = await Promise.all([opened.build({ onProgress: (each) => progress.push(each) }), opened.build()])
    expect(reports[0]).toEqual(reports[1])
    expect([...new Set(states.map(({ phase }) => phase))]).toEqual(['scanning', 'indexing', 'ready'])
    const fractions = states.map(({ fraction }) => fraction)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(progress.at(-1)).toMatchObject({ phase: 'writing', nFiles: 60, nFilesDone: 60 })
    expect(states.at(-1)).toMatchObject({ nFiles: 60, nPendingFiles: 0, fraction: 1, etaSeconds: null })
  })

  it('keeps what is done when it is cancelled, and goes on later', async () => {
    const { open } = await engineOn(manyFiles(150))
    const opened = await open()
    const controller = new AbortController()
    const joined = new AbortController()
    const encoding = encodingBegins(opened)
    const onProgress = ({ nTokens }: BuildProgress) => nTokens > 0 && controller.abort()
    const build = opened.build({ signal: controller.signal, onProgress })
    const outcome = build.catch((error) => error)
    const other = opened.build({ signal: joined.signal })
    await encoding
    joined.abort()
    await expect(other).rejects.toMatchObject({ name: 'CancelledError' })
    expect(await outcome).toMatchObject({ name: 'CancelledError' })
    expect(await opened.status()).toMatchObject({ phase: 'ready', nFiles: 150 })
    expect((await found(opened, 'mergePart4'))[0]).toContain('mergePart4')
    await opened.close()
    const again = await open()
    const report = await again.build()
    expect(report).toMatchObject({ nFilesChanged: 0 })
    expect(report.nUnitsEncoded).toBeLessThan(report.nUnits)
    expect(await again.status()).toMatchObject({ nPendingFiles: 0, fraction: 1 })
  })

  it('pauses and resumes; what was edited meanwhile is found by its words', async () => {
    const { open, write } = await engineOn(manyFiles(100))
    const opened = await open()
    opened.pause()
    const build = opened.build()
    await expect.poll(async () => (await opened.status()).nFiles, { timeout: 5000 }).toBe(100)
    await sleep(100)
    expect(await opened.status()).toMatchObject({ phase: 'paused', nPendingFiles: 100 })
    write({ 'new.go': 'package a\n\nfunc Zeppelin() {\n\tinflate()\n\tdepart()\n}\n' })
    const update = opened.build({ paths: ['new.go'] })
    await expect
      .poll(() => found(opened, 'Zeppelin', { mode: 'lexical' }), { timeout: 5000 })
      .toContain('new.go Zeppelin')
    opened.resume()
    await Promise.all([build, update])
    expect(await opened.status()).toMatchObject({ phase: 'ready', nFiles: 101, nPendingFiles: 0 })
  })

  it('takes updates beside it', async () => {
    const { open, write } = await engineOn(manyFiles(150))
    const opened = await open()
    const encoding = encodingBegins(opened)
    const build = opened.build()
    await encoding
    write({
      'urgent.go': PROJECT['src/auth/credentials.go']!,
      'pkg1/part1.go': 'package pkg1\n\nfunc Other() {\n\tnothing()\n}\n',
    })
    await opened.build({ paths: ['urgent.go', 'pkg1/part1.go'] })
    expect((await found(opened, 'HashPassword'))[0]).toBe('urgent.go HashPassword')
    await build
    expect(await opened.status()).toMatchObject({ nFiles: 151, nPendingFiles: 0 })
    expect((await found(opened, 'encrypt credentials of a user'))[0]).toContain('urgent.go')
    expect(await opened.build()).toMatchObject({ nFilesChanged: 0, nUnitsEncoded: 0 })
  })

  it('ends at once when its folder is closed, and leaves no thread or process', async () => {
    const { open, engine } = await engineOn(manyFiles(150))
    const opened = await open()
    const encoding = encodingBegins(opened)
    const outcome = opened.build().catch((error) => error)
    await encoding
    await sleep(100)
    const startedMs = Date.now()
    await opened.close()
    expect(Date.now() - startedMs).toBeLessThan(1000)
    expect(await outcome).toMatchObject({ name: 'CancelledError' })
    await expect(opened.build()).rejects.toMatchObject({ name: 'CancelledError' })
    await opened.close()
    await engine.dispose()
    expect(childProcesses()).toEqual([])
    const workers = process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker')
    expect(workers.length).toBeLessThanOrEqual(1)
  })

  it('ends when its index is cleared, and one that is asked for meanwhile starts afterwards', async () => {
    const { open } = await engineOn(manyFiles(80))
    const opened = await open()
    const encoding = encodingBegins(opened)
    const build = opened.build()
    const outcome = build.catch((error) => error.name)
    await encoding
    const clearing = opened.clear()
    const next = opened.build()
    expect(await outcome).toBe('CancelledError')
    await clearing
    const report = await next
    expect(report.nUnitsEncoded).toBe(report.nUnits)
    expect(await opened.status()).toMatchObject({ nFiles: 80, nPendingFiles: 0, phase: 'ready' })
  })

  it('keeps no process of settings that nobody uses any more', async () => {
    const { open } = await engineOn(PROJECT)
    const first = await open()
    await first.build()
    const before = childProcesses()
    expect(before.length).toBeGreaterThan(0)
    await first.close()
    const second = await open({ 'index.threads': 2 })
    await expect.poll(() => childProcesses().filter((pid) => before.includes(pid)), { timeout: 5000 }).toEqual([])
    expect(await second.build()).toMatchObject({ nUnitsEncoded: 0 })
  })

  it('survives the loss of an encoder process', async () => {
    const { open } = await engineOn(manyFiles(120))
    const opened = await open()
    const before = new Set(childProcesses())
    const encoding = encodingBegins(opened)
    const build = opened.build()
    await encoding
    await expect.poll(() => childProcesses().filter((pid) => !before.has(pid)).length, { timeout: 5000 }).toBe(1)
    await sleep(150)
    const [victim] = childProcesses().filter((pid) => !before.has(pid))
    process.kill(victim!, 'SIGKILL')
    const report = await build
    expect(report.nUnitsEncoded).toBeGreaterThan(100)
    expect(await opened.status()).toMatchObject({ nPendingFiles: 0 })
  })

  it('encodes a damaged segment again, which the log names', async () => {
    const lines: string[] = []
    const log = createLog('warn', (_, message) => lines.push(message))
    const { open, storage } = await engineOn(PROJECT, { log })
    const first = await open()
    const whole = await first.build()
    await first.close()
    const files = readdirSync(storage, { recursive: true, encoding: 'utf8' })
    const segment = path.join(storage, files.find((file) => file.endsWith('.vec'))!)
    const bytes = readFileSync(segment)
    bytes[bytes.length - 30]! ^= 1
    writeFileSync(segment, bytes)
    const second = await open()
    expect((await found(second, 'HashPassword'))[0]).toBe('src/auth/credentials.go HashPassword')
    await expect.poll(() => lines.join('\n')).toContain(path.basename(segment))
    expect(await second.build()).toMatchObject({ nFilesChanged: 0, nUnitsEncoded: whole.nUnitsEncoded })
    expect((await found(second, 'retry a failed network request'))[0]).toContain('call_with_backoff')
  })
})

describe('a process that is killed', () => {
  const cli = path.resolve(import.meta.dirname, '../../../server/dist/cli.js')
  const runIndex = (folder: string, storage: string): ChildProcess =>
    spawn(process.execPath, [cli, 'index', folder, '--storage', storage, '--threads', '1'], { stdio: 'ignore' })
  const exited = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on('exit', resolve))

  it('leaves an index that the next run makes whole', async () => {
    const random = seededRandom(Date.now() % 1000)
    const [folder, storage] = [temporaryFolder(), temporaryFolder()]
    writeFiles(folder, manyFiles(150))
    for (let i = 0; i < 5; i++) {
      const child = runIndex(folder, storage)
      const exit = exited(child)
      await sleep(150 + random() * 1200)
      child.kill('SIGKILL')
      await exit
    }
    expect(await exited(runIndex(folder, storage))).toBe(0)
    const survived = await (await engineOn({}, { folder, storage })).open()
    const atOnce = await (await engineOn({}, { folder })).open()
    expect(await survived.build()).toMatchObject({ nFilesChanged: 0, nUnitsEncoded: 0 })
    await atOnce.build()
    const [a, b] = [await survived.status(), await atOnce.status()]
    expect({ nFiles: a.nFiles, nUnits: a.nUnits, nPendingFiles: a.nPendingFiles }).toEqual({
      nFiles: b.nFiles,
      nUnits: b.nUnits,
      nPendingFiles: 0,
    })
    for (const i of [3, 77, 140]) {
      const name = `${WORDS[i % 12]}Part${i}`
      expect((await found(survived, name))[0]).toBe((await found(atOnce, name))[0])
    }
  })
})
