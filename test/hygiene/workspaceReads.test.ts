import { describe, expect, it } from 'vitest'
import { codeFiles, read } from './repository.ts'

/**
 * Whoever made the folder that is searched is not trusted. Its files are read through `WorkspaceFiles` alone: a module
 * that could read or list others says here what it reads, and none of that is a workspace's.
 */
const READERS: Record<string, string> = {
  'server/src/base/fsx.ts': 'files of the index, the models and downloads; syncs what was written',
  'server/src/base/ownModes.ts': 'files of the index, which it copies and whose modes it narrows',
  'server/src/base/regularFile.ts': 'files that the user or git names: regular ones, up to a size, without waiting',
  'server/src/base/workspaceFiles.ts': 'files of workspaces: this is the one way',
  'server/src/chunk/grammars.ts': 'grammars of the bundle',
  'server/src/chunk/threadTime.ts': "the system's account of this thread",
  'server/src/encode/modelFolder.ts': 'models of the bundle and those that the user has chosen',
  'server/src/encode/rowFiles.ts': 'files without a name, shared with encoder processes',
  'server/src/encode/tokenizerFile.ts': 'models of the bundle and those that the user has chosen',
  'server/src/engine/localityReport.ts': 'places of the index, for a report; none is read',
  'server/src/engine/modelLibrary.ts': 'models that the user has chosen',
  'server/src/engine/staleStores.ts': 'folders of the index',
  'server/src/engine/storedIndexes.ts': 'folders of all indexes',
  'server/src/index/clearIndex.ts': 'files of the index',
  'server/src/index/folderAccess.ts': 'folders of the index, whose rights it gives back',
  'server/src/index/lexicalFiles.ts': 'files of the index',
  'server/src/index/linkOrCopy.ts': 'files of the index',
  'server/src/index/plaid/kernel.ts': 'kernels of the bundle',
  'server/src/index/plaid/vectorStore.ts': 'folders of the index',
  'server/src/index/sectionFile.ts': 'files of the index',
  'server/src/index/sectionWriter.ts': 'files of the index',
  'server/src/index/siblings.ts': 'folders of all indexes',
  'server/src/models/archive.ts': 'archives that the user imports',
  'server/src/models/downloadFile.ts': 'downloads',
  'server/src/models/downloadModel.ts': 'folders of models',
  'server/src/models/importModel.ts': 'models that the user imports',
  'server/src/models/modelStore.ts': 'folders of models',
  'server/src/models/record.ts': 'models that the user has chosen',
  'server/src/models/trust.ts': 'certificates that the user names',
  'server/src/models/verify.ts': 'models that the user has chosen',
}

describe('files of a workspace', () => {
  const product = codeFiles().filter((file) => /^(client|server)\/src\//.test(file))

  it('are read in one place only', () => {
    const readers = product.filter((file) => canRead(read(file)))
    expect(readers.sort()).toEqual(Object.keys(READERS).sort())
  })

  it('are not read past the imports that are looked at', () => {
    for (const file of product) expect([file, UNSEEN.exec(read(file))?.[0]]).toEqual([file, undefined])
  })

  it.each([
    ["import { readFileSync } from 'node:fs'", true],
    ["import {\n  type Stats,\n  open as openThen,\n} from 'node:fs/promises'", true],
    ["import { statSync, type Dirent } from 'node:fs'", false],
    ["import { opendir } from 'fs/promises'", true],
  ])('would be noticed in %j: %s', (source, expected) => expect(canRead(source)).toBe(expected))

  it.each([
    "import fs from 'node:fs'",
    "import * as fs from 'fs'",
    "require('node:fs')",
    "await import('fs/promises')",
  ])('would be noticed behind %j', (source) => expect(UNSEEN.test(source)).toBe(true))
})

function canRead(source: string): boolean {
  return [...source.matchAll(/import \{([^}]*)\} from '(?:node:)?fs(?:\/promises)?'/g)].some(([, names]) =>
    names!.split(',').some((name) => READING.test(name.trim())),
  )
}

/** Functions that read, list, copy or follow. `lstat`, `stat`, `realpath` and the like tell of a file and not its content. */
const READING =
  /^(readFile|read|readv|open|openAsBlob|createReadStream|copyFile|cp|link|readdir|opendir|readlink|glob|watch|watchFile)(Sync)?\b/
/** Whole modules under a name, loaded at run time, or of the process itself. */
const UNSEEN =
  /import (\w+|\* as \w+)(, \{[^}]*\})? from '(?:node:)?fs(?:\/promises)?'|(require|import|getBuiltinModule)\(['"`](?:node:)?fs|process\.binding/
