import { parentChannel } from '../base/rpc.ts'
import { loadEncoderCore } from './encoderCore.ts'
import { serveEncoder } from './encoderServer.ts'

/** Entry point of a forked encoder process: one model, one thread. Lives no longer than its parent. */
const channel = parentChannel()
channel.onClose(() => process.exit(0))
// Ctrl+C reaches the whole terminal group; whether to stop is the parent's decision.
process.on('SIGINT', () => {})
serveEncoder(channel, loadEncoderCore)
