import { describe, expect, it } from 'vitest'
import { relativeTo, toPath, toUri } from '../../../server/src/lsp/convert.ts'

describe('paths and URIs', () => {
  it('convert there and back, whatever the name', () => {
    for (const path of ['/w/a b.ts', '/w/ä#1.ts', '/w/100%.ts', '/w/日本.py']) expect(toPath(toUri(path))).toBe(path)
  })

  it('are for files on disk only', () => {
    expect(toPath('untitled:Untitled-1')).toBeUndefined()
    expect(toPath('git:/w/a.ts?ref=HEAD')).toBeUndefined()
  })

  it('are relative only inside the folder', () => {
    expect(relativeTo('/w', '/w/src/a.ts')).toBe('src/a.ts')
    expect(relativeTo('/w', '/w')).toBeUndefined()
    expect(relativeTo('/w', '/wide/a.ts')).toBeUndefined()
    expect(relativeTo('/w/x', '/w/a.ts')).toBeUndefined()
    expect(relativeTo('/w', '/')).toBeUndefined()
  })

  it('take a name that begins with two dots for a name', () => {
    expect(relativeTo('/w', '/w/..a.ts')).toBe('..a.ts')
    expect(relativeTo('/w', '/w/...')).toBe('...')
    expect(relativeTo('/w', '/w/..b/a.ts')).toBe('..b/a.ts')
  })

  it('are none of what is no URI or no path', () => {
    for (const uri of ['', '1:', '://', 'file:///a%00b', 'a b://c', '%']) expect(toPath(uri), uri).toBeUndefined()
    expect(toUri('/w/half\ud800.ts')).toBe('file:///w/half%EF%BF%BD.ts')
  })
})
