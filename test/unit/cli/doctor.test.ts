import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ModelLibrary } from '../../../server/src/engine/modelLibrary.ts'
import { embeddedModel } from '../../support/modelFolders.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'
import { run } from './harness.ts'

const modelsDirectory = path.dirname(embeddedModel)

async function doctor(args: string[], env: Record<string, string> = {}) {
  const storage = temporaryFolder()
  const folder = temporaryFolder()
  writeFiles(storage, {
    'indexes/one/folder.json': JSON.stringify({ formatVersion: 1, folder, repository: [] }),
    'indexes/one/data': 'x'.repeat(5000),
    'models/some/weights': 'x'.repeat(3000),
  })
  const result = await run(['doctor', ...args, '--storage', storage], {
    io: { env },
    createModelLibrary: (given) => new ModelLibrary({ ...given, modelsDirectory }),
  })
  return { ...result, storage, folder }
}

describe('lateral doctor --privacy', () => {
  it('names folders with their sizes, models, programs and the one use of the network', async () => {
    const { code, out, storage, folder } = await doctor(['--privacy'])
    expect(code).toBe(0)
    for (const part of [
      `  ${storage}  5.`,
      `  ${path.join(storage, 'models')}  3.0 kB`,
      `  ${folder}\n`,
      '  embedded  built-in  ',
      'https://huggingface.co gets the model',
      'ORT_DISABLE_TELEMETRY=1',
      '  git: ',
    ])
      expect(out).toContain(part)
  })

  it('gives the same as JSON', async () => {
    const { out, storage, folder } = await doctor(['--privacy', '--json'], {
      HF_ENDPOINT: 'https://mirror.example/hub',
      HTTPS_PROXY: 'http://me:secret@proxy.example:3128',
    })
    const report = JSON.parse(out)
    expect(report.network).toMatchObject({ server: 'https://mirror.example', proxy: 'http://proxy.example:3128' })
    expect(out).not.toContain('secret')
    expect(report.telemetry).toMatchObject({ lateral: 'none', onnxRuntime: 'off' })
    expect(report.indexes).toMatchObject([{ folder, isGone: false }])
    expect(report.places.filter(({ access }: { access: string }) => access !== 'reads')).toMatchObject([
      { id: 'storage', path: storage, exists: true },
      { id: 'models', path: path.join(storage, 'models'), exists: true, sizeBytes: 3000 },
      ...[{ id: 'temporary' }, ...(process.platform === 'linux' ? [{ id: 'memory' }] : [])],
    ])
  })

  it('must be told what to look at, and takes no folder', async () => {
    expect(await doctor([])).toMatchObject({ code: 2 })
    expect(await doctor(['--privacy', 'src'])).toMatchObject({ code: 2 })
  })
})
