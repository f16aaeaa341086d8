import path from 'node:path'
import { nullLog } from '../../../server/src/base/log.ts'
import { defaultSettings } from '../../../server/src/contract/settings.schema.ts'
import { createEngine } from '../../../server/src/engine/engine.ts'
import type { EngineFolder } from '../../../server/src/engine/types.ts'
import { root } from '../corpus.ts'

/** Runs `work` with the built engine on a folder, brought up to date as `lateral index` does it. */
export async function withIndexed<T>(
  { folder, storage }: { folder: string; storage: string },
  work: (opened: EngineFolder, nEncoded: number) => Promise<T>,
): Promise<T> {
  const engine = await createEngine({
    storageDirectory: storage,
    modelsDirectory: path.join(root, 'models'),
    bundleDirectory: path.join(root, 'server/dist'),
    log: nullLog,
  })
  try {
    const opened = await engine.openFolder(folder, defaultSettings)
    const { nTokensEncoded } = await opened.build({ upkeep: true })
    return await work(opened, nTokensEncoded)
  } finally {
    await engine.dispose()
  }
}

/** A word that nothing else has, of letters alone. */
export function uniqueWord(n: number): string {
  let word = 'qzx'
  for (let rest = n + 1; rest > 0; rest = Math.floor(rest / 20)) word += 'bcdfghjklmnpqrtvwxza'[rest % 20]
  return `${word}vok`
}
