import { WriterLock } from '../../server/src/index/writerLock.ts'

/** Takes the right to write the index in the folder that it is given, says so, and keeps it until it is killed. */
const lock = WriterLock.tryAcquire(process.argv[2]!)
console.log(lock ? 'held' : 'refused')
setInterval(() => lock, 1000)
