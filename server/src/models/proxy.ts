import { downloadProxy } from '../contract/errorCodes.ts'

/** Where requests go through. From an editor's settings, or from the environment as curl and Node read it. */
export interface ProxySettings {
  /** Wins over the environment. */
  proxy?: string
  env: Record<string, string | undefined>
}

/**
 * The proxy for a request, or undefined for a direct one. NO_PROXY lists hosts: `example.com` and `.example.com` both
 * stand for the domain and all below it, `:8080` narrows to a port, `*` is everything. Throws E_DOWNLOAD_PROXY for what is no HTTP proxy.
 */
export function proxyFor(url: URL, { proxy, env }: ProxySettings): URL | undefined {
  const variable = (name: string) => env[name.toLowerCase()] || env[name] || ''
  const own = url.protocol === 'https:' ? variable('HTTPS_PROXY') : variable('HTTP_PROXY')
  const chosen = proxy || own || variable('ALL_PROXY')
  if (chosen === '' || excludes(variable('NO_PROXY'), url)) return undefined
  return parseProxy(chosen)
}

/** Without user name and password, for messages. */
export const shownProxy = (proxy: URL): string => `${proxy.protocol}//${proxy.host}`

function parseProxy(text: string): URL {
  try {
    // `proxy:8080` is common, and would read as a URL of scheme `proxy`.
    const proxy = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
    if (proxy.protocol === 'http:' || proxy.protocol === 'https:') return proxy
  } catch {
    // As bad as another scheme. The text is not shown: it may hold a password.
  }
  throw downloadProxy('of the settings', 'its address does not begin with http:// or https://')
}

function excludes(list: string, url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return list.split(/[\s,]+/).some((item) => {
    if (item === '') return false
    if (item === '*') return true
    const [, name = '', ownPort] = item.toLowerCase().match(/^\[?(.*?)\]?(?::(\d+))?$/) ?? []
    const domain = name.replace(/^\*?\./, '')
    return (!ownPort || ownPort === port) && (host === domain || host.endsWith(`.${domain}`))
  })
}
