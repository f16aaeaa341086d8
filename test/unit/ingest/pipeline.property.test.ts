import { existsSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { SessionHit } from '../../../server/src/engine/sessionProtocol.ts'
import { createHarness } from '../../support/sessionHarness.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'

/** Contents share declarations, so that the same text comes and goes in several files. */
const NAMES = ['Retry', 'Hash', 'Parse', 'Render', 'Close']
const declaration = (name: string) =>
  `// ${name} does its work step by step.\nfunc ${name}Step() {\n\trun${name}(input)\n\tlog${name}(output)\n\treturn\n}\n`
const contentOf = (names: readonly string[]) => `package a\n\n${names.map(declaration).join('\n')}`

const paths = fc.constantFrom('a.go', 'b.go', 'src/c.go', 'src/d.go', 'src/deep/e.go', 'notes.go')
const edit = fc.oneof(
  { weight: 4, arbitrary: fc.record({ put: paths, names: fc.subarray(NAMES) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.oneof(paths, fc.constantFrom('src', 'src/deep')) }) },
  { weight: 2, arbitrary: fc.record({ from: paths, to: paths }) },
)
/** Edits with the runs in between: of the touched paths, of everything, or none yet. */
const script = fc.array(fc.record({ edit, run: fc.constantFrom('paths', 'all', 'none') }), {
  minLength: 1,
  maxLength: 10,
})

/** The same units. Which of several equal ones stands for them, and so their scores, depends on their order. */
function expectSame(a: readonly SessionHit[], b: readonly SessionHit[]): void {
  const unitsOf = (hits: readonly SessionHit[]) => hits.map((hit) => `${hit.path}:${hit.startLine} ${hit.name}`).sort()
  expect(unitsOf(a)).toEqual(unitsOf(b))
}

it(
  'an index that followed edits equals one that is built at once',
  () =>
    fc.assert(
      fc.asyncProperty(script, async (steps) => {
        const followed = await createHarness()
        const { folder } = followed
        let touched = new Set<string>()
        for (const { edit, run } of steps) {
          if ('put' in edit) {
            writeFiles(folder, { [edit.put]: contentOf(edit.names) })
            touched.add(edit.put)
          } else if ('remove' in edit) {
            rmSync(path.join(folder, edit.remove), { recursive: true, force: true })
            touched.add(edit.remove)
          } else if (edit.from !== edit.to && existsSync(path.join(folder, edit.from))) {
            writeFiles(folder, { [edit.to]: '' })
            renameSync(path.join(folder, edit.from), path.join(folder, edit.to))
            touched.add(edit.from).add(edit.to)
          }
          if (run === 'none') continue
          await followed.update(run === 'paths' ? { paths: [...touched] } : {})
          touched = new Set()
        }
        await followed.update({ paths: [...touched] })
        const atOnce = await createHarness({ folder })
        await atOnce.update()
        expect(followed.units()).toEqual(atOnce.units())
        expect(followed.session.stats().nPendingFiles).toBe(0)
        for (const name of NAMES.filter((each) => followed.units().some((unit) => unit.endsWith(` ${each}Step`)))) {
          const hits = await Promise.all([followed, atOnce].map((each) => each.search(`run ${name} log`)))
          expect(hits.map(([best]) => best?.name)).toEqual([`${name}Step`, `${name}Step`])
          // Scores by meaning are compared where codecs are trained on more than a few words: in the index's own test.
          const query = {
            query: `run ${name} log`,
            limit: 40,
            mode: 'lexical' as const,
            nIvfProbe: 8,
            nFullScores: 4096,
          }
          const [a, b] = [followed, atOnce].map(({ session }) => session.search({ ...query, rows: {} }))
          expectSame(a!, b!)
        }
        expect(await followed.update()).toMatchObject({ nFilesChanged: 0, nFilesRemoved: 0, nUnitsEncoded: 0 })
      }),
      { numRuns: 12, endOnFailure: true },
    ),
  60_000,
)
