import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CancelledError, isCancelled } from '../base/errors.ts'
import type { CliIo } from './io.ts'

/** Asks on the terminal; only `y` and `yes` are a yes. Rejects with CancelledError after Ctrl+C. */
export async function askYes(question: string, io: CliIo, signal: AbortSignal): Promise<boolean> {
  io.ask(`${question} [y/N]`)
  const lines = createInterface({ input: io.stdin, output: NOWHERE })
  try {
    // The end of the input is as good as a no.
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    const answer = await Promise.race([lines.question('', { signal }), closed])
    return /^y(es)?$/i.test(answer.trim())
  } catch (error) {
    throw isCancelled(error) ? new CancelledError() : error
  } finally {
    lines.close()
  }
}

const NOWHERE = new Writable({ write: (_chunk, _encoding, done) => done() })
