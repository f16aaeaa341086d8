import { setTimeout as sleep } from 'node:timers/promises'
import { ORDINARY_TEXT } from '../arena.ts'
import { uriOf } from '../host.ts'
import { open, spoken, stillAnswers } from '../spoken.ts'
import type { HostileCase } from '../types.ts'
import { NO_ANSWER } from '../wire.ts'
import { rawMessageCases } from './rawMessages.ts'

const METHODS = [
  'lateral/search',
  'lateral/explain',
  'lateral/related',
  'lateral/status',
  'lateral/tune',
  'lateral/index/build',
  'lateral/index/pause',
  'lateral/index/resume',
  'lateral/models/list',
  'lateral/models/plan',
  'lateral/models/download',
  'lateral/models/import',
  'lateral/models/remove',
  'textDocument/hover',
]
/** What no request takes for its parameters. */
const WRONG: Record<string, unknown[]> = {
  absent: [undefined, null],
  lists: [[], [1, 2, 3], [[]], [{}], [null]],
  scalars: ['text', 5, true, Number.MAX_SAFE_INTEGER],
  'empty-objects': [{}, { unknown: 1 }],
  'fields-of-wrong-types': [
    { query: 5, uri: 7, id: {}, source: [] },
    { query: null, uri: null, id: null, folder: 3, textDocument: null, position: null },
    { query: ['a'], folders: 'x', limit: '5', space: 'evil', uri: {}, line: 'x', network: 1 },
    { query: {}, limit: -1, line: -1, startLine: 0, endLine: -1, uri: '', nQueries: 1e9 },
    {
      query: 'x',
      limit: 1e308,
      partialResultToken: {},
      textDocument: { uri: 5 },
      position: { line: 'a', character: {} },
    },
  ],
  'uris-that-are-odd': [
    'file://%',
    '%',
    '',
    'file:',
    'file://host/x',
    'untitled:1',
    'http://a/b',
    `file:///${'x'.repeat(100_000)}`,
    'file:///\0',
    '\ud800',
    'file:///../../etc/passwd',
    'javascript:1',
  ].map((uri) => ({
    ...{
      uri,
      query: 'x',
      line: 0,
      startLine: 1,
      endLine: 2,
      folder: uri,
      folders: [uri],
      id: uri,
      source: uri,
      revision: uri,
    },
    ...{ textDocument: { uri }, position: { line: 0, character: 0 } },
  })),
  prototypes: [{ __proto__: 1, constructor: {}, toString: 5, query: 'x' }, JSON.parse('{"__proto__": {"query": "x"}}')],
  'numbers-beyond': [
    {
      query: 'x',
      limit: 1e21,
      line: 2 ** 53,
      startLine: 2 ** 40,
      endLine: 2 ** 41,
      uri: 'file:///x',
      position: { line: 2 ** 32, character: 2 ** 40 },
      textDocument: { uri: 'file:///x' },
    },
  ],
}

const parameters: HostileCase[] = Object.entries(WRONG).map(([name, wrong]) =>
  spoken(
    `parameters-${name}`,
    async ({ wire, arena }) => {
      for (const method of METHODS)
        for (const params of wrong) {
          const { error } = await wire.request(method, params)
          // By the protocol: these are the client's fault and said so.
          const isWrongForm =
            params === undefined || params === null || Array.isArray(params) || typeof params !== 'object'
          if (isWrongForm && error && error.code !== -32602 && error.code !== -32600)
            arena.report('lost_answers', `${method} of ${JSON.stringify(params)}: ${error.code}`)
        }
    },
    { isQuick: name === 'lists' || name === 'fields-of-wrong-types' },
  ),
)

const order: HostileCase[] = [
  spoken(
    'requests-before-initialize',
    async ({ wire, arena }) => {
      for (const method of METHODS) {
        const { error } = await wire.request(method, {})
        if (error?.code !== -32002)
          arena.report('lost_answers', `${method} before initialize: ${error?.code ?? 'an answer'}`)
      }
      wire.notify('textDocument/didOpen', {
        textDocument: { uri: 'file:///x.ts', languageId: 'typescript', version: 1, text: '' },
      })
      wire.notify('workspace/didChangeWatchedFiles', { changes: [] })
      wire.notify('initialized', {})
      await open(wire, arena)
      await stillAnswers(wire, arena)
    },
    { isOpen: false, isQuick: true },
  ),
  spoken(
    'initialize-twice',
    async ({ wire, arena }) => {
      const { error } = await wire.request('initialize', { processId: null, rootUri: null, capabilities: {} })
      if (error?.code !== -32600) arena.report('lost_answers', `a second initialize: ${error?.code ?? 'an answer'}`)
    },
    { isQuick: true },
  ),
  spoken('initialized-many-times', ({ wire }) => {
    for (let i = 0; i < 50; i++) wire.notify('initialized', {})
  }),
  spoken(
    'requests-after-shutdown',
    async ({ wire }) => {
      await wire.request('shutdown')
      for (const method of METHODS) await wire.request(method, {})
      await wire.request('shutdown')
    },
    { mayEnd: true },
  ),
  spoken(
    'exit-at-once',
    async ({ wire }) => {
      wire.notify('exit')
      await wire.within(wire.exited, wire.options.limitMs, 'no end after exit').catch(() => {})
    },
    { mayEnd: true, isOpen: false },
  ),
  spoken(
    'shutdown-at-once',
    async ({ wire }) => {
      await wire.request('initialize', { processId: null, rootUri: null, capabilities: {} })
      await wire.request('shutdown')
    },
    { mayEnd: true, isOpen: false },
  ),
  spoken(
    'input-closed',
    async ({ wire }) => {
      wire.process.stdin.end()
      await wire.within(wire.exited, wire.options.limitMs, 'no end after the input is closed').catch(() => {})
    },
    { mayEnd: true },
  ),
  spoken('output-not-read', async ({ wire }) => {
    wire.process.stdout.pause()
    for (let i = 0; i < 3000; i++) wire.send({ jsonrpc: '2.0', id: `u${i}`, method: 'lateral/status', params: {} })
    await sleep(1500)
    wire.process.stdout.resume()
  }),
  spoken(
    'output-closed',
    async ({ wire }) => {
      wire.process.stdout.destroy()
      for (let i = 0; i < 20; i++) wire.send({ jsonrpc: '2.0', id: `u${i}`, method: 'lateral/status', params: {} })
      await sleep(1000)
    },
    { mayEnd: true },
  ),
]

/** Parameters of `initialize` that are odd; a server that answers with an error has answered. */
const STARTS: Record<string, unknown> = {
  nothing: undefined,
  'a-list': [],
  'no-capabilities': { processId: null, rootUri: null },
  'capabilities-of-null': { processId: null, rootUri: null, capabilities: null },
  'process-of-text': { processId: 'x', rootUri: null, capabilities: {} },
  'process-that-is-not': { processId: -1, rootUri: null, capabilities: {} },
  'root-of-garbage': { processId: null, rootUri: 'file://%zz', capabilities: {} },
  'root-path-of-garbage': { processId: null, rootPath: '\0\u001b', capabilities: {} },
  'root-of-number': { processId: null, rootUri: 7, capabilities: {} },
  'folders-of-garbage': {
    processId: null,
    rootUri: null,
    capabilities: {},
    workspaceFolders: [{ uri: 'file://%' }, {}, 5, null, { uri: 7, name: {} }],
  },
  'folders-as-text': { processId: null, rootUri: null, capabilities: {}, workspaceFolders: 'x' },
  'folders-that-are-not': {
    processId: null,
    rootUri: null,
    capabilities: {},
    workspaceFolders: [
      { uri: 'file:///nowhere', name: 'x' },
      { uri: 'http://x', name: 'y' },
      { uri: 'file:///proc', name: 'z' },
    ],
  },
  'options-of-numbers': {
    processId: null,
    rootUri: null,
    capabilities: {},
    initializationOptions: { storageDirectory: 5, modelsDirectory: [], settings: 'x' },
  },
  'options-as-a-list': { processId: null, rootUri: null, capabilities: {}, initializationOptions: [] },
  'storage-that-cannot-be': {
    processId: null,
    rootUri: null,
    capabilities: {},
    initializationOptions: { storageDirectory: '/dev/null/x', modelsDirectory: '/nowhere' },
  },
  'settings-of-garbage': {
    processId: null,
    rootUri: null,
    capabilities: {},
    initializationOptions: {
      settings: { index: { exclude: [5, null], threads: 'x', location: {} }, model: { code: 7 } },
    },
  },
}

const starts: HostileCase[] = Object.entries(STARTS).map(([name, params]) =>
  spoken(
    `initialize-with-${name}`,
    async ({ wire }) => {
      await wire.request('initialize', params)
      wire.notify('initialized', {})
      await wire.request('lateral/status', {})
      await wire.request('lateral/search', { query: 'x' })
      await wire.request('shutdown')
      wire.mayEnd = true
      wire.notify('exit')
    },
    { isOpen: false, isQuick: name === 'folders-of-garbage' },
  ),
)

const odd = (name: string, messages: unknown[], isQuick = false) =>
  spoken(
    `message-${name}`,
    ({ wire }) => {
      for (const message of messages) wire.send(message)
    },
    { isQuick },
  )

const forms: HostileCase[] = [
  odd('of-no-version', [
    { id: 1e6, method: 'lateral/status' },
    { jsonrpc: '1.0', id: 1e6 + 1, method: 'lateral/status', params: {} },
  ]),
  odd(
    'of-odd-ids',
    [null, 'x', 1.5, -1, 1e300, true, {}, [], ''].map((id) => ({
      jsonrpc: '2.0',
      id,
      method: 'lateral/status',
      params: {},
    })),
  ),
  odd(
    'of-the-same-id',
    Array.from({ length: 50 }, () => ({
      jsonrpc: '2.0',
      id: 'same',
      method: 'lateral/search',
      params: { query: 'x' },
    })),
  ),
  odd(
    'of-unknown-methods',
    [
      '',
      'x',
      'lateral/',
      'lateral/__proto__',
      'constructor',
      '$/x',
      'textDocument/definition',
      'x'.repeat(100_000),
    ].flatMap((method) => [
      { jsonrpc: '2.0', id: method, method, params: {} },
      { jsonrpc: '2.0', method, params: {} },
    ]),
    true,
  ),
  odd(
    'of-methods-of-no-text',
    [5, null, {}, []].flatMap((method) => [
      { jsonrpc: '2.0', id: 9e6, method, params: {} },
      { jsonrpc: '2.0', method },
    ]),
  ),
  odd('answers-to-nothing', [
    { jsonrpc: '2.0', id: 9e9, result: 1 },
    { jsonrpc: '2.0', id: null, error: { code: 1, message: 'x' } },
    { jsonrpc: '2.0', id: 1, result: {} },
    { jsonrpc: '2.0' },
    {},
  ]),
  odd(
    'cancellations-of-nothing',
    [{}, { id: null }, { id: {} }, { id: 1e9 }, [], null, 'x'].map((params) => ({
      jsonrpc: '2.0',
      method: '$/cancelRequest',
      params,
    })),
  ),
  odd(
    'progress-of-nothing',
    [{ token: 1, value: 2 }, {}, null, { token: {}, value: null }].map((params) => ({
      jsonrpc: '2.0',
      method: '$/progress',
      params,
    })),
  ),
]

const floods: HostileCase[] = [
  spoken('flood-of-searches', async ({ wire }) => {
    await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        wire.request('lateral/search', { query: `harbour ${i}` }, 6 * wire.options.limitMs),
      ),
    )
  }),
  spoken(
    'flood-of-cancelled-searches',
    async ({ wire }) => {
      for (let i = 0; i < 2000; i++) {
        wire.send({ jsonrpc: '2.0', id: `c${i}`, method: 'lateral/search', params: { query: `harbour ${i}` } })
        wire.notify('$/cancelRequest', { id: `c${i}` })
      }
      await wire.request('lateral/status', {})
    },
    { isQuick: true },
  ),
  spoken('flood-of-events', async ({ wire, arena }) => {
    const changes = Array.from({ length: 50_000 }, (_, i) => ({
      uri: `${uriOf(arena.tree)}/none${i}.ts`,
      type: 1 + (i % 3),
    }))
    wire.notify('workspace/didChangeWatchedFiles', { changes })
    wire.notify('workspace/didChangeWatchedFiles', {
      changes: [null, {}, 5, { uri: 7, type: 'x' }, { uri: 'file://%', type: 2 }],
    })
    wire.notify('workspace/didChangeWatchedFiles', { changes: 'x' })
    wire.notify('workspace/didChangeWatchedFiles', null)
    await wire.request('lateral/status', {})
  }),
  spoken('flood-of-documents', async ({ wire, arena }) => {
    for (let i = 0; i < 1500; i++)
      wire.notify('textDocument/didOpen', {
        textDocument: { uri: `${uriOf(arena.tree)}/d${i}.ts`, languageId: 'x', version: i, text: `// ${i}\n` },
      })
    await wire.request('lateral/search', { query: 'harbour is:open' })
  }),
  spoken('flood-of-keystrokes', async ({ wire, arena }) => {
    const uri = uriOf(arena.at('ordinary.ts'))
    wire.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'typescript', version: 1, text: '' } })
    for (let i = 0; i < 5000; i++) {
      const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }
      wire.notify('textDocument/didChange', {
        textDocument: { uri, version: i + 2 },
        contentChanges: [{ range, text: 'x' }],
      })
    }
    wire.notify('textDocument/didClose', { textDocument: { uri } })
    await wire.request('lateral/status', {})
  }),
  spoken('flood-of-folders', async ({ wire, arena }) => {
    for (let i = 0; i < 40; i++) {
      const folder = { uri: `${uriOf(arena.tree)}/none${i}`, name: `n${i}` }
      wire.notify('workspace/didChangeWorkspaceFolders', { event: { added: [folder, folder], removed: [] } })
      wire.notify('workspace/didChangeWorkspaceFolders', {
        event: { added: [], removed: [folder, { uri: 'x', name: '' }] },
      })
    }
    await wire.request('lateral/status', {})
  }),
  spoken('flood-of-rebuilds', async ({ wire }) => {
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        wire.request(
          `lateral/index/${['rebuild', 'build', 'pause', 'resume', 'stop'][i % 5]}`,
          {},
          3 * wire.options.limitMs,
        ),
      ),
    )
    await wire.request('lateral/index/resume', {})
    await wire.request('lateral/index/build', {})
  }),
]

const documents: HostileCase[] = [
  spoken(
    'documents-out-of-order',
    ({ wire, arena }) => {
      const uri = uriOf(arena.at('ordinary.ts'))
      const change = (range: unknown, version: unknown = 1) =>
        wire.notify('textDocument/didChange', {
          textDocument: { uri, version },
          contentChanges: [{ range, text: 'x' }],
        })
      change({ start: { line: 0, character: 0 }, end: { line: 0, character: 0 } })
      wire.notify('textDocument/didSave', { textDocument: { uri } })
      wire.notify('textDocument/didClose', { textDocument: { uri } })
      for (let i = 0; i < 2; i++)
        wire.notify('textDocument/didOpen', {
          textDocument: { uri, languageId: 'typescript', version: 1, text: 'a\nb' },
        })
      for (const [line, character] of [
        [-1, -1],
        [1e9, 1e9],
        [0, -5],
        ['x', {}],
        [null, null],
        [2 ** 53, 0.5],
      ])
        change({ start: { line, character }, end: { line: 0, character: 0 } }, null)
      for (let i = 0; i < 2; i++) wire.notify('textDocument/didClose', { textDocument: { uri } })
    },
    { isQuick: true },
  ),
  spoken('documents-of-wrong-types', ({ wire }) => {
    for (const method of ['didOpen', 'didChange', 'didClose', 'didSave'])
      for (const params of [
        null,
        [],
        {},
        'x',
        { textDocument: null },
        { textDocument: { uri: 5 } },
        { textDocument: { uri: 'file:///x', text: 7, version: {} } },
        { textDocument: { uri: 'file:///x' }, contentChanges: 'x' },
        { textDocument: { uri: 'file:///x' }, contentChanges: [null, {}] },
      ])
        wire.notify(`textDocument/${method}`, params)
  }),
  spoken('documents-of-odd-uris', ({ wire }) => {
    for (const uri of [
      '',
      'x',
      'file://%',
      'untitled:1',
      'git:/x?y',
      'vscode-notebook-cell:/a#1',
      'file:///../../../etc/passwd',
      'FILE:///X',
      `file:///${'a/'.repeat(20_000)}b`,
      'file:///\u0000',
    ])
      for (const method of ['didOpen', 'didSave', 'didClose'])
        wire.notify(`textDocument/${method}`, { textDocument: { uri, languageId: 'x', version: 1, text: 'x' } })
  }),
  spoken('hover-anywhere', async ({ wire, arena }) => {
    const uri = uriOf(arena.at('ordinary.ts'))
    wire.notify('textDocument/didOpen', {
      textDocument: { uri, languageId: 'typescript', version: 1, text: ORDINARY_TEXT },
    })
    for (const [line, character] of [
      [0, 0],
      [-1, 0],
      [0, -1],
      [1e9, 1e9],
      [0.5, 0.5],
      [2 ** 53, 2 ** 53],
    ])
      await wire.request('textDocument/hover', { textDocument: { uri }, position: { line, character } })
  }),
]

/** A client that answers the server's own questions badly. */
const clients: HostileCase[] = [
  ...Object.entries({
    nothing: null,
    numbers: 5,
    text: 'x',
    'too-few': [],
    'lists-of-null': [null, null, null],
    'wrong-settings': [{ index: { exclude: 'x', threads: -1 }, search: 5, model: null, logLevel: 'loud' }],
    'huge-settings': [{ index: { exclude: Array.from({ length: 50_000 }, (_, i) => `x${i}`) } }],
  }).map(([name, answer]) =>
    spoken(`settings-of-${name}`, () => {}, {
      onRequest: (method) => (method === 'workspace/configuration' ? answer : null),
    }),
  ),
  spoken(
    'settings-never-told',
    async ({ wire }) => {
      // A client that is busy, perhaps for ever: what does not need the settings is answered.
      await wire.request('lateral/status', {})
      await wire.request('lateral/search', { query: 'x' })
    },
    { onRequest: (method) => (method === 'workspace/configuration' ? NO_ANSWER : null), mayEnd: true },
  ),
  spoken('settings-that-change-all-the-time', async ({ wire }) => {
    for (let i = 0; i < 100; i++)
      wire.notify('workspace/didChangeConfiguration', { settings: i % 2 ? null : { lateral: 5 } })
    await wire.request('lateral/status', {})
  }),
]

export const messageCases: HostileCase[] = [
  ...parameters,
  ...order,
  ...starts,
  ...rawMessageCases,
  ...forms,
  ...floods,
  ...documents,
  ...clients,
]
