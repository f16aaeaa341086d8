import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parentChannel } from '../../server/src/base/rpc.ts'
import { modelInvalid } from '../../server/src/contract/errorCodes.ts'
import { serveEncoder } from '../../server/src/encode/encoderServer.ts'
import { createFakeEncoder } from '../../server/src/encode/fakeEncoder.ts'

/**
 * An encoder process without a model, which misbehaves as told. By text: `KILL` ends the process as a native crash
 * would, `KILL <file>` does so once, as long as that file can be removed; `BUSY <ms>` blocks the thread, as inference
 * does. By a file `behaviour` in the model folder, while loading: `die`, `refuse`, or `refuse <file>`: at once where that
 * file can be removed, else later.
 */
const channel = parentChannel()
channel.onClose(() => process.exit(0))
serveEncoder(channel, async (modelDirectory) => {
  const behaviour = readIfThere(path.join(modelDirectory, 'behaviour'))
  if (behaviour === 'die') crash()
  const [word, argument] = behaviour.split(' ')
  if (word === 'refuse') {
    if (argument && !removeIfThere(argument)) block(500)
    throw modelInvalid('model.onnx', 'it refuses')
  }
  const encoder = createFakeEncoder()
  return {
    dim: encoder.model.dim,
    runtime: { accelerator: 'cpu' },
    encodeQuery: (text) => encoder.encodeQuery(text),
    async encodeDocument(text) {
      // Inference blocks in turns: messages come in between two texts.
      await new Promise((resolve) => setImmediate(resolve))
      const [word, argument] = text.split(' ')
      if (word === 'KILL' && (!argument || removeIfThere(argument))) crash()
      if (word === 'BUSY') block(Number(argument))
      const [vectors] = await encoder.encodeDocuments([text])
      return vectors!
    },
    dispose: () => encoder.dispose(),
  }
})

function crash(): never {
  process.kill(process.pid, 'SIGKILL')
  // The signal arrives in a moment; nothing more may be answered until then.
  for (;;);
}

function block(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs)
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function removeIfThere(file: string): boolean {
  try {
    rmSync(file)
    return true
  } catch {
    return false
  }
}
