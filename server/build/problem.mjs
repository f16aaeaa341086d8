// Failures that a developer can act on: one clear sentence, exit code 2.

export class Problem extends Error {
  exitCode = 2
}

/** Runs a script's `main`; a Problem is told in its one sentence, anything else is a bug and keeps its trace. */
export async function runScript(main) {
  try {
    process.exitCode = (await main(process.argv.slice(2))) ?? 0
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    console.error(error.message)
    process.exitCode = error.exitCode
  }
}
