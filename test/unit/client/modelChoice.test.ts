import { describe, expect, it } from 'vitest'
import { modelItems, planDetail } from '../../../client/src/ui/modelChoice.ts'
import type { DownloadPlan, ModelListing } from '../../../server/src/contract/requests.ts'

describe('choosing a model', () => {
  it('shows what each is for', () => {
    const row: ModelListing = {
      id: 'a/b',
      state: 'available',
      spaces: ['code'],
      summary: 'light',
      licence: null,
      sizeBytes: 0,
    }
    const installed: ModelListing = { ...row, id: 'c', state: 'installed', spaces: ['code', 'docs'], sizeBytes: 143e6 }
    expect(modelItems([row, installed], ['available', 'installed'])).toEqual([
      { id: 'a/b', label: 'a/b', description: 'available', detail: 'For code: light' },
      { id: 'c', label: 'c', description: 'installed, 143.0 MB', detail: 'For code and docs: light' },
    ])
    expect(modelItems([row, installed], ['built-in'])).toEqual([])
  })

  it('says before a download what comes from where', () => {
    const plan: DownloadPlan = {
      ...{ id: 'a/b', repository: 'a/b', revision: 'f'.repeat(40), licence: null, endpoint: 'https://hub.example' },
      files: [
        { path: 'model_int8.onnx', sizeBytes: 143e6, sha256: 'ab'.repeat(32) },
        { path: 'tokenizer.json', sizeBytes: 3580, gitOid: 'cd'.repeat(20) },
      ],
      isPinned: true,
    }
    const text = planDetail(plan, '/home/me/models')
    const parts = ['143.0 MB from https://hub.example/a/b', 'not stated', 'agreed on before', '/home/me/models']
    for (const part of [...parts, 'sha256 abababababababab…', 'tokenizer.json, 0.004 MB, git cdcd'])
      expect(text).toContain(part)
  })
})
