import { describe, expect, it } from 'vitest'
import { codeFiles, read } from './repository.ts'

describe('the network', () => {
  it('is reached from server/src/models only', () => {
    const product = codeFiles().filter((file) => /^(client|server)\/src\//.test(file))
    const others = product.filter((file) => !file.startsWith('server/src/models/'))
    expect(others.filter((file) => NETWORK.test(read(file)))).toEqual([])
    expect(product.length - others.length).toBeGreaterThan(0)
  })
})

/** Modules that open connections, and the globals that do. */
const NETWORK = /from '(node:)?(https?|http2|net|tls|dgram|undici|https-proxy-agent)'|\bfetch\(|\bnew WebSocket\(/
