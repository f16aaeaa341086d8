import { describe, expect, it } from 'vitest'
import { isSecretPath } from '../../../server/src/ingest/secretNames.ts'
import { skipByName } from '../../../server/src/ingest/skipRules.ts'
import { LOOK_ALIKE_PATHS, SECRET_PATHS } from '../../support/secretNames.ts'

describe('isSecretPath', () => {
  it('knows at least 150 names of files that hold secrets', () => {
    expect(SECRET_PATHS.length).toBeGreaterThanOrEqual(150)
    expect(SECRET_PATHS.filter((file) => !isSecretPath(file))).toEqual([])
  })

  it('knows them in any folder, in any case and as copies', () => {
    const places = SECRET_PATHS.flatMap((file) => [`deep/er/${file}`, file.toUpperCase(), `${file}.bak`, `${file}~`])
    expect(places.filter((file) => skipByName(file) !== 'secret')).toEqual([])
  })

  it('leaves code about secrets, templates and public halves alone', () => {
    expect(LOOK_ALIKE_PATHS.filter(isSecretPath)).toEqual([])
  })

  it('takes no time for a name that is made for it', () => {
    const hostile = ['-a', '_a', '.a', 'service-account-', 'kubeconfig.', '.bak', ' (1)', 'secret.'].map((part) =>
      part.repeat(400),
    )
    const startMs = performance.now()
    for (const name of hostile) isSecretPath(name)
    expect(performance.now() - startMs).toBeLessThan(1000)
  })
})
