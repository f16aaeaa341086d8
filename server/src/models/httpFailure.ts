import type { AppError } from '../base/errors.ts'
import {
  downloadDenied,
  downloadNetwork,
  downloadNotFound,
  downloadServer,
  downloadTls,
  type ErrorCode,
} from '../contract/errorCodes.ts'

/** A failure that another attempt may not meet. `failure` is what to tell the user when there is no other attempt. */
export class TransientFailure extends Error {
  override readonly name = 'TransientFailure'
  constructor(
    readonly failure: AppError<ErrorCode>,
    /** The pause that the server asks for. */
    readonly retryAfterMs?: number,
  ) {
    super(failure.message)
  }
}

/** The error for an answer that is no success. `retryAfter` is the header of that name. */
export function statusFailure(url: URL, status: number, retryAfter: string | undefined, nowMs: number): Error {
  if (status === 401) return downloadDenied(url.host, 'it wants an access token (401)')
  if (status === 403) return downloadDenied(url.host, 'permission is missing (403)')
  if (status === 404 || status === 410) return downloadNotFound(`${url.origin}${url.pathname}`)
  if (status === 429)
    return new TransientFailure(downloadServer(url.host, 'too many requests (429)'), retryAfterMs(retryAfter, nowMs))
  if (status >= 500 || status === 408)
    return new TransientFailure(downloadServer(url.host, `status ${status}`), retryAfterMs(retryAfter, nowMs))
  return downloadServer(url.host, `unexpected status ${status}`)
}

/** The error for a connection that failed before or in the middle of an answer. */
export function connectionFailure(host: string, error: unknown): Error {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException
  if (TLS_CODE.test(code)) return downloadTls(host, TLS_WORDS[code] ?? code, error)
  return new TransientFailure(downloadNetwork(host, NETWORK_WORDS[code] ?? (code || message), error))
}

/** Seconds, or a date. Undefined for neither. */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|CRL_|EPROTO|HOSTNAME_MISMATCH/

const TLS_WORDS: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not a known one',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not a known one',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not a known one',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not a known one',
  CERT_HAS_EXPIRED: 'it has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
}

const NETWORK_WORDS: Record<string, string> = {
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be looked up now',
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'it was cut',
  EPIPE: 'it was cut',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
}
