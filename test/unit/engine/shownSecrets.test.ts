import { describe, expect, it } from 'vitest'
import { LiveText } from '../../../server/src/engine/liveText.ts'
import type { SessionHit } from '../../../server/src/engine/sessionProtocol.ts'
import { hitIn } from '../../support/liveHits.ts'
import { githubToken, privateKey } from '../../support/secrets.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const token = githubToken()

/** What is shown of a unit whose file has these lines by now; `unsaved`: only in its editor. */
async function check(lines: string[], unit: Partial<SessionHit>, expected: string[], unsaved = false) {
  const folder = temporaryFolder()
  const file = unit.path ?? 'a.ts'
  writeFiles(folder, { [file]: unsaved ? lines.map(() => 'x').join('\n') : lines.join('\n') })
  const live = new LiveText(folder)
  if (unsaved) live.setOpenText(file, lines.join('\n'))
  const defaults = {
    kind: 'function',
    name: 'send',
    container: '',
    language: 'typescript',
    space: 'code',
    score: 1,
  } as const
  const { startLine = 1, endLine = lines.length } = unit
  const hit = { ...hitIn(lines.join('\n'), file, startLine, endLine), ...defaults, ...unit }
  const shown = await live.complete([hit], 'send')
  expect(shown.map(({ snippet }) => snippet)).toEqual(expected)
  expect(JSON.stringify(shown)).not.toContain(token)
}

describe('what is shown of a unit', () => {
  const lines = ['function send() {', `  const token = '${token}'`, '}']

  it('is nothing where it holds a secret by now, saved or not', async () => {
    await check(lines, {}, [])
    await check(lines, {}, [], true)
    await check(['function send() {', '  const token = read()', '}'], {}, ['function send() {'])
  })

  it('is nothing where it is in the middle of a key', async () => {
    const key = privateKey(40).split('\n')
    await check(['Keys:', ...key], { startLine: 20, endLine: 30, kind: 'block', name: '' }, [])
  })

  it('is the rest of a class whose member holds one', async () => {
    // The second is as the index vouches for it: its own text has none.
    for (const isCurrent of [false, true]) {
      const unit = { kind: 'class', isCurrent } as const
      await check(['class Client {', `  token = '${token}' // send`, '  send() {}', '}'], unit, ['send() {}'])
      await check([`class Client { // ${token} send`, '  b() {}', '}'], { ...unit, matchLine: 1 }, [])
      await check(['class Client {', '  send() {', ...privateKey(40).split('\n'), '}'], unit, ['send() {'])
    }
  })

  it('is nothing where its names hold one, or its file is one of secrets', async () => {
    await check(['one', 'send'], { container: `Guide > ${token}` }, [])
    await check(['one', 'send'], { path: '.kube/config' }, [])
  })

  it('does not end at the unit: what says that a value is secret may stand above', async () => {
    const value = '0123456789abcdef'.repeat(3).slice(0, 32)
    await check(['const fastly_key =', `  '${value}'`, 'send()'], { startLine: 2, endLine: 3 }, [])
  })
})
