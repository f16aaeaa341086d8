import { createHash } from 'node:crypto'

/** Secrets of nobody, made when they are wanted: none stands in this repository. */
export const githubToken = (seed = 1): string => `ghp${'_'}${letters(seed, 36)}`

export const awsKeyId = (seed = 1): string =>
  `AK${'IA'}${letters(seed, 64)
    .toUpperCase()
    .replace(/[^A-Z2-7]/g, '')
    .slice(0, 16)}`

/** A block of `nRows` rows of 64. */
export function privateKey(nRows: number, kind = 'RSA ', seed = 1): string {
  const rows = Array.from({ length: nRows }, (_, i) => letters(seed * 1000 + i, 64))
  return [`-----BEGIN ${kind}PRIVATE ${'KEY'}-----`, ...rows, `-----END ${kind}PRIVATE ${'KEY'}-----`].join('\n')
}

/** Letters and digits that look random, the same for the same seed. */
function letters(seed: number, n: number): string {
  let text = ''
  for (let i = 0; text.length < n; i++) {
    text += createHash('sha256')
      .update(`${seed}/${i}`)
      .digest('base64')
      .replace(/[^A-Za-z0-9]/g, '')
  }
  return text.slice(0, n)
}
