/**
 * Runs named steps one after another; a later step may build on what an earlier one left on the screen. Prints each and
 * a last line `N passed, N failed`. `onFailure(name)` may leave evidence. Resolves to the exit code.
 * @param {Record<string, () => Promise<void>>} steps
 * @param {(name: string) => Promise<void>} onFailure
 */
export async function runSteps(steps, onFailure) {
  let passed = 0
  let failed = 0
  for (const [name, step] of Object.entries(steps)) {
    const startedAt = Date.now()
    try {
      await step()
      passed++
      console.log(`  ok   ${name} (${Date.now() - startedAt} ms)`)
    } catch (error) {
      failed++
      console.log(`  FAIL ${name}\n${error.stack ?? error}`)
      await onFailure(name).catch(() => {})
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}
