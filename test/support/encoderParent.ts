import { nullLog } from '../../server/src/base/log.ts'
import { createEncoder } from '../../server/src/encode/encoderPool.ts'

/** A process with encoder processes of its own, for a test to kill. Reports their ids once one of them is busy. */
const [modelDirectory, processFile] = process.argv.slice(2)
const options = { modelDirectory: modelDirectory!, processFile: processFile!, threads: 1, log: nullLog }
void createEncoder(options).then((started) => {
  void started.encodeDocuments(Array.from({ length: 1000 }, (_, i) => `BUSY 100 ${i}`))
  const poll = setInterval(() => {
    if (started.pids.length < 2) return
    clearInterval(poll)
    process.send?.(started.pids)
  }, 5)
})
