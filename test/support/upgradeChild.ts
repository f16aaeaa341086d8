import { writeSync } from 'node:fs'
import type { CrashPlace } from './crashWork.ts'
import { upgradeWork } from './upgradeWork.ts'

/** Goes on with an upgrade, tells of every batch, and says when all is done; made to be killed. */
async function run(place: CrashPlace): Promise<void> {
  const work = upgradeWork(place, (nTexts) => writeSync(1, `encoded ${nTexts}\n`))
  work.open()
  await work.update()
  await work.upgrade()
  work.session.close()
  writeSync(1, 'done\n')
}

void run(JSON.parse(process.argv[2]!) as CrashPlace)
