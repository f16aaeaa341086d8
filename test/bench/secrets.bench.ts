import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './corpus.ts'
import { report } from './report.ts'
import { erasing } from './secrets/erasing.ts'
import { leaking } from './secrets/leaking.ts'
import { sourceFilesLost } from './secrets/repositories.ts'

/**
 * Do secrets stay out, and does what is deleted go? A project is made of files with secrets' names, of the published rules'
 * own samples and of what looks like both, and indexed and asked by the built engine: `secrets_indexed` counts those of
 * which a word is in a file of the index or an answer, `lookalikes_lost` those that cannot be found. `source_files_lost`:
 * source files, as git lists them, of this repository and of each folder below `--corpora DIR` that a rule leaves out, or
 * a part of; every one is named on standard error, with the rule. `erased_words_found`: words of deleted and newly excluded
 * texts that are left in any file of the storage folder, worktrees' shared ones included, and `branch_encoded`: texts that
 * a switch of branch and back encodes.
 */
const { values } = parseArgs({ options: { corpora: { type: 'string' }, json: { type: 'boolean' } } })
const scratch = mkdtempSync(path.join(os.tmpdir(), 'lateral-secrets-'))
try {
  const figures = {
    ...(await leaking(path.join(scratch, 'leaking'))),
    ...(await sourceFilesLost(root, values.corpora)),
    ...(await erasing(path.join(scratch, 'erasing'))),
  }
  report({ bench: 'secrets', corpus: values.corpora ? 'this repository and corpora' : 'this repository', figures })
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
