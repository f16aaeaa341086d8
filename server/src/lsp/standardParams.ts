import * as z from 'zod'

/**
 * What is wrong with the parameters of a method of the standard that this server handles; undefined where nothing is,
 * and for all other methods.
 */
export function problemOf(method: string, params: unknown): string | undefined {
  const result = STANDARD_PARAMS.get(method)?.safeParse(params)
  return !result || result.success ? undefined : firstIssue(result.error)
}

/** `query: expected a string` */
export function firstIssue({ issues }: z.ZodError): string {
  const issue = issues[0]
  return `${issue?.path.length ? `${issue.path.join('.')}: ` : ''}${issue?.message ?? 'unknown'}`
}

const uri = z.string()
const token = z.union([z.string(), z.number()])
const textDocument = z.object({ uri })
const position = z.object({ line: z.int().min(0), character: z.int().min(0) })
const folders = z.array(z.object({ uri, name: z.string() }))
const anything = z.looseObject({})

const STANDARD_PARAMS: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  [
    'initialize',
    z.object({
      processId: z.int().nullish(),
      rootUri: uri.nullish(),
      rootPath: z.string().nullish(),
      workspaceFolders: folders.nullish(),
      capabilities: anything.extend({
        workspace: anything.nullish(),
        textDocument: anything.nullish(),
        window: anything.nullish(),
        general: anything.nullish(),
      }),
    }),
  ],
  ['textDocument/hover', z.object({ textDocument, position, workDoneToken: token.optional() })],
  ['textDocument/willSaveWaitUntil', z.object({ textDocument })],
  ['textDocument/willSave', z.object({ textDocument })],
  [
    'textDocument/didOpen',
    z.object({ textDocument: z.object({ uri, languageId: z.string(), version: z.int(), text: z.string() }) }),
  ],
  [
    'textDocument/didChange',
    z.object({
      textDocument: z.object({ uri, version: z.int() }),
      contentChanges: z.array(
        z.object({ text: z.string(), range: z.object({ start: position, end: position }).optional() }),
      ),
    }),
  ],
  ['textDocument/didSave', z.object({ textDocument })],
  ['textDocument/didClose', z.object({ textDocument })],
  ['workspace/didChangeWatchedFiles', z.object({ changes: z.array(z.object({ uri })) })],
  ['workspace/didChangeWorkspaceFolders', z.object({ event: z.object({ added: folders, removed: folders }) })],
  ['window/workDoneProgress/cancel', z.object({ token })],
  ['$/progress', z.object({ token, value: z.unknown() })],
  ['$/cancelRequest', z.object({ id: token })],
  ['$/setTrace', z.object({ value: z.string() })],
])
