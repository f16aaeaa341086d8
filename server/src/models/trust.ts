import { readFile, stat } from 'node:fs/promises'
import tls from 'node:tls'
import type { Log } from '../base/log.ts'
import { usageError } from '../contract/errorCodes.ts'

export interface TrustOptions {
  /** PEM file from an option or a setting. */
  caFile?: string
  env: Record<string, string | undefined>
  log: Log
}

/**
 * The certificate authorities to trust, in PEM: Node's own, the system's where this Node can tell them (22.15 and
 * later), NODE_EXTRA_CA_CERTS and `caFile`. Naming any means naming all, hence the list. Throws E_USAGE for a `caFile`
 * that cannot be read; a bad NODE_EXTRA_CA_CERTS is only logged, as Node does.
 */
export async function trustedAuthorities({ caFile, env, log }: TrustOptions): Promise<string[]> {
  const authorities = [...tls.rootCertificates, ...systemCertificates()]
  if (env.NODE_EXTRA_CA_CERTS) {
    const extra = await readPem(env.NODE_EXTRA_CA_CERTS).catch((error) => {
      log.warn(`NODE_EXTRA_CA_CERTS is not used: ${(error as Error).message}`)
      return undefined
    })
    if (extra) authorities.push(extra)
  }
  if (caFile) {
    authorities.push(
      await readPem(caFile).catch((error) => {
        throw usageError(`The certificates in ${caFile} cannot be read: ${(error as Error).message}.`)
      }),
    )
  }
  return authorities
}

async function readPem(file: string): Promise<string> {
  // A FIFO would be waited for, and a device has no end.
  if (!(await stat(file)).isFile()) throw new Error('it is no file')
  const text = await readFile(file, 'utf8')
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Error('it holds no certificate in PEM form')
  return text
}

function systemCertificates(): string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'system') => string[] }
  try {
    return getCACertificates?.('system') ?? []
  } catch {
    return []
  }
}
