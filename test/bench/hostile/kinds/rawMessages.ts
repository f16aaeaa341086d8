import { setTimeout as sleep } from 'node:timers/promises'
import { spoken } from '../spoken.ts'
import type { HostileCase } from '../types.ts'

const BODY = '{"jsonrpc":"2.0","id":"raw","method":"lateral/status","params":{}}'

/** Bytes that are no messages. Where the server cannot know where the next one begins it may end, quietly. */
const RAW: Record<string, [bytes: () => string | Buffer, mayEnd: boolean]> = {
  'body-of-garbage': [() => 'Content-Length: 7\r\n\r\n{"a":,}', true],
  'body-empty': [() => 'Content-Length: 0\r\n\r\n', true],
  'body-of-scalars': [
    () => ['1', 'null', '"x"', 'true', '[]'].map((body) => `Content-Length: ${body.length}\r\n\r\n${body}`).join(''),
    true,
  ],
  'body-as-a-batch': [() => `Content-Length: ${BODY.length + 2}\r\n\r\n[${BODY}]`, true],
  'body-of-invalid-bytes': [
    () => Buffer.concat([Buffer.from('Content-Length: 4\r\n\r\n'), Buffer.from([0xff, 0xfe, 0x80, 0xed])]),
    true,
  ],
  'body-behind-a-mark': [() => `Content-Length: ${BODY.length + 3}\r\n\r\n\ufeff${BODY}`, true],
  'body-nested': [() => `Content-Length: 200000\r\n\r\n${'['.repeat(100_000)}${']'.repeat(100_000)}`, true],
  'body-nested-in-parameters': [
    () =>
      framed(
        `{"jsonrpc":"2.0","id":"deep","method":"lateral/search","params":${'{"query":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
      ),
    false,
  ],
  'body-of-50-mb': [
    () =>
      framed(`{"jsonrpc":"2.0","id":"big","method":"lateral/search","params":{"query":"${'x'.repeat(50 * 2 ** 20)}"}}`),
    false,
  ],
  'length-too-small': [() => `Content-Length: 5\r\n\r\n${BODY}`, true],
  'length-too-large': [() => `Content-Length: ${BODY.length + 10}\r\n\r\n${BODY}`, true],
  'length-negative': [() => `Content-Length: -5\r\n\r\n${BODY}`, true],
  'length-of-letters': [() => `Content-Length: x\r\n\r\n${BODY}`, true],
  'length-missing': [() => `Content-Type: x\r\n\r\n${BODY}`, true],
  'length-twice': [() => `Content-Length: 3\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`, true],
  'length-beyond-all': [() => `Content-Length: 999999999999999999999\r\n\r\n${BODY}`, true],
  'length-of-8-gb': [() => `Content-Length: 8589934592\r\n\r\n${'x'.repeat(2 ** 20)}`, true],
  'header-without-returns': [() => `Content-Length: ${BODY.length}\n\n${BODY}`, true],
  'header-without-end': [() => 'X-Header: y\r\n'.repeat(200_000), true],
  'header-of-one-line': [() => 'x'.repeat(8 * 2 ** 20), true],
  'header-of-other-charset': [
    () => `Content-Length: ${BODY.length}\r\nContent-Type: application/vscode-jsonrpc; charset=ebcdic\r\n\r\n${BODY}`,
    true,
  ],
  'header-of-zeros': [() => Buffer.alloc(100_000), true],
  'request-of-http': [() => 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', true],
  'byte-by-byte': [() => framed(BODY), false],
}
const framed = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

export const rawMessageCases: HostileCase[] = Object.entries(RAW).map(([name, [bytes, mayEnd]]) =>
  spoken(
    `raw-${name}`,
    async ({ wire }) => {
      const data = Buffer.from(bytes() as string)
      if (name !== 'byte-by-byte') wire.sendRaw(data)
      else for (const byte of data) wire.sendRaw(Buffer.from([byte]))
      await sleep(300)
    },
    { mayEnd, isQuick: name === 'length-of-letters' || name === 'body-of-garbage' },
  ),
)
