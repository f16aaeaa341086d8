import type { WorkDoneProgressReporter } from 'vscode-languageserver'
import { raceAbort } from '../base/cancel.ts'
import { printable } from '../contract/printable.ts'
import type { Session } from './session.ts'

/**
 * Runs `work` with a display of its progress: the client's own where the request brought a token, else one that the
 * client is asked for, whose button cancels as the request's `signal` does. `report` is undefined where there is none.
 */
export async function withWorkDone<Result>(
  session: Session,
  { title, workDoneToken, signal }: { title: string; workDoneToken: string | number | undefined; signal: AbortSignal },
  work: (signal: AbortSignal, reporter: WorkDoneProgressReporter | undefined) => Promise<Result>,
): Promise<Result> {
  const withdrawn = new AbortController()
  const either = AbortSignal.any([signal, withdrawn.signal])
  const reporter = await raceAbort(
    session.progress(workDoneToken, () => withdrawn.abort()),
    either,
  )
  reporter?.begin(printable(`Lateral: ${title}`), 0, undefined, workDoneToken === undefined)
  try {
    return await work(either, reporter)
  } finally {
    reporter?.done()
  }
}
