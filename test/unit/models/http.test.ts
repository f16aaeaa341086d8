import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { nullLog } from '../../../server/src/base/log.ts'
import { endpointFrom } from '../../../server/src/models/hub.ts'
import { proxyFor } from '../../../server/src/models/proxy.ts'
import { trustedAuthorities } from '../../../server/src/models/trust.ts'
import { selfSignedCertificate } from '../../support/certificate.ts'
import { answerWith, REPOSITORY, startFakeProxy } from '../../support/fakeHub.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'
import { bench } from './support.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })
const TOKEN = 'hf_notForEveryone'
const unusedPort = 'http://127.0.0.1:9'

describe('the access token', () => {
  it('goes to the hub only, not where it redirects to, and into no log', async () => {
    const b = await bench()
    await b.get({ http: b.http({ token: { origin: b.hub.url, value: TOKEN } }) })
    const sent = (server: string) =>
      b.hub.seen.filter((seen) => seen.server === server).map(({ headers }) => headers.authorization)
    expect(new Set(sent('hub'))).toEqual(new Set([`Bearer ${TOKEN}`]))
    expect(sent('store')).toEqual([undefined])
    expect(b.lines.length).toBeGreaterThan(0)
    // The signature of the store's address opens the file to anybody who reads it.
    expect(b.lines.join('\n')).not.toMatch(new RegExp(`${TOKEN}|signature`))
  })

  it('is in no message of a failure', async () => {
    const b = await bench()
    const http = b.http({ token: { origin: b.hub.url, value: TOKEN } })
    for (const status of [401, 404, 500]) {
      b.hub.always('/blob/', answerWith(status))
      const error = await b.get({ http }).catch((error) => error)
      expect(`${error.message} ${error.advice} ${error.stack}`).not.toMatch(new RegExp(`${TOKEN}|signature`))
    }
  })
})

describe('redirects', () => {
  it('may not end, lead nowhere or lead from https to http', async () => {
    const tls = selfSignedCertificate()
    for (const location of ['/api/models/again', 'ftp://127.0.0.1/x', 'http://', 'http://127.0.0.1:9/']) {
      const b = await bench({ secure: tls })
      b.hub.always('/api/', answerWith(302, { location }))
      await expect(b.plan(), location).rejects.toThrow(code('E_DOWNLOAD_SERVER'))
      expect(b.hub.seen.length).toBeLessThan(10)
    }
  })
})

describe('TLS', () => {
  it('refuses an unknown authority and says how to name one', async () => {
    const b = await bench({ secure: selfSignedCertificate() })
    await expect(b.plan(b.http({ authorities: [] }))).rejects.toMatchObject({
      code: 'E_DOWNLOAD_TLS',
      advice: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    })
  })

  it('trusts an own authority from NODE_EXTRA_CA_CERTS or from a file', async () => {
    const { key, cert } = selfSignedCertificate()
    const file = path.join(temporaryFolder(), 'authority.pem')
    writeFileSync(file, cert)
    for (const trust of [{ env: { NODE_EXTRA_CA_CERTS: file } }, { env: {}, caFile: file }]) {
      const b = await bench({ secure: { key, cert } })
      const authorities = await trustedAuthorities({ ...trust, log: nullLog })
      await b.get({ http: b.http({ authorities }) })
      expect(await b.store.find(REPOSITORY)).toBeDefined()
    }
  })

  it('names a file of authorities that cannot be read', async () => {
    const file = path.join(temporaryFolder(), 'no.pem')
    await expect(trustedAuthorities({ caFile: file, env: {}, log: nullLog })).rejects.toThrow(code('E_USAGE'))
    writeFileSync(file, 'no certificate')
    await expect(trustedAuthorities({ caFile: file, env: {}, log: nullLog })).rejects.toThrow(code('E_USAGE'))
    expect(await trustedAuthorities({ env: { NODE_EXTRA_CA_CERTS: file }, log: nullLog })).not.toEqual([])
  })
})

describe('a proxy', () => {
  it('carries everything, also to an https server with an own authority, with its credentials', async () => {
    const secure = selfSignedCertificate()
    for (const options of [{}, { secure }]) {
      const b = await bench(options)
      const proxy = await startFakeProxy()
      const http = b.http({ proxy: proxy.url.replace('//', '//me:secret%21@') })
      await b.get({ http })
      // The description, three files, and the place to which the large one leads.
      expect(proxy.tunnels).toHaveLength(5)
      expect(new Set(proxy.tunnels)).toEqual(new Set([b.hub.url, b.hub.storeUrl].map((url) => new URL(url).host)))
      expect(proxy.credentials[0]).toBe(`Basic ${Buffer.from('me:secret!').toString('base64')}`)
      expect(b.lines.join('\n')).not.toContain('secret')
    }
  })

  it('is left out for hosts of NO_PROXY', async () => {
    const b = await bench()
    await b.get({ http: b.http({ env: { HTTP_PROXY: unusedPort, NO_PROXY: 'example.com,127.0.0.1' } }) })
    expect(await b.store.find(REPOSITORY)).toBeDefined()
  })

  it('that cannot be used is named, without its password', async () => {
    const b = await bench()
    for (const proxy of [unusedPort, 'http://me:secret@127.0.0.1:9', 'socks5://me:secret@127.0.0.1:9']) {
      const error = await b.plan(b.http({ proxy })).catch((error) => error)
      expect(error).toMatchObject({ code: 'E_DOWNLOAD_PROXY' })
      expect(`${error.message} ${error.advice}`).not.toContain('secret')
    }
    for (const status of [403, 407, 502]) {
      const proxy = await startFakeProxy(status)
      const failed = b.get({ http: b.http({ proxy: proxy.url }) })
      const failure = await failed.catch((error) => error.failure ?? error)
      expect(failure).toMatchObject({ code: 'E_DOWNLOAD_PROXY', message: expect.stringContaining(String(status)) })
    }
    expect(b.hub.seen).toEqual([])
  })

  it('is chosen by setting, environment and NO_PROXY', () => {
    const check = (url: string, env: Record<string, string>, proxy?: string) =>
      proxyFor(new URL(url), { env, ...(proxy && { proxy }) })?.href
    expect(check('https://a.b/', {})).toBeUndefined()
    expect(check('https://a.b/', { HTTPS_PROXY: 'http://p:1' })).toBe('http://p:1/')
    expect(check('https://a.b/', { https_proxy: 'p:1', HTTPS_PROXY: 'http://q' })).toBe('http://p:1/')
    expect(check('https://a.b/', { HTTP_PROXY: 'http://p:1' })).toBeUndefined()
    expect(check('http://a.b/', { ALL_PROXY: 'http://p:1' })).toBe('http://p:1/')
    expect(check('https://a.b/', { HTTPS_PROXY: 'http://p:1' }, 'http://q')).toBe('http://q/')
    const without = (noProxy: string, url = 'https://cdn.a.b/') =>
      check(url, { HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy }) === undefined
    expect(['a.b', '.a.b', '*.a.b', 'x, CDN.a.b', '*', 'a.b:443'].map((list) => without(list))).toEqual(
      Array(6).fill(true),
    )
    expect(['', 'b.c', 'n.a.b', 'dn.a.b', 'a.b:80'].map((list) => without(list))).toEqual(Array(5).fill(false))
    expect(without('[::1]', 'https://[::1]:8443/')).toBe(true)
  })
})

describe('a mirror', () => {
  it('takes the place of the hub, with a path of its own', async () => {
    expect(endpointFrom(undefined, {}).href).toBe('https://huggingface.co/')
    expect(endpointFrom(undefined, { HF_ENDPOINT: 'https://a.b' }).href).toBe('https://a.b/')
    expect(endpointFrom('https://c.d/api/hf', { HF_ENDPOINT: 'https://a.b' }).href).toBe('https://c.d/api/hf/')
    expect(() => endpointFrom('c.d', {})).toThrow(code('E_USAGE'))
    expect(() => endpointFrom('ftp://c.d', {})).toThrow(code('E_USAGE'))
  })
})

describe('a host', () => {
  it('that is not there is a failure of the network, after some attempts', async () => {
    const b = await bench()
    const plan = await b.plan()
    await expect(b.download(plan, { endpoint: new URL(unusedPort) })).rejects.toThrow(code('E_DOWNLOAD_NETWORK'))
    expect(b.clock.sleptMs).toHaveLength(5)
  })
})
