import { Console } from 'node:console'
import {
  createServerPipeTransport,
  createServerSocketTransport,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageReader,
  type MessageWriter,
  StreamMessageWriter,
} from 'vscode-languageserver/node'
import { FrameReader } from './frames.ts'
import { Gate } from './gate.ts'

export interface Transport {
  reader: MessageReader
  writer: MessageWriter
}

/**
 * The way to the client that the arguments name: `--node-ipc`, `--socket=N`, `--pipe=NAME`, and otherwise `--stdio`,
 * where standard output is for messages alone, and the process ends with either stream.
 */
export function openTransport(argv: readonly string[], host: NodeJS.Process): Transport {
  const value = (name: string) => {
    const at = argv.findIndex((argument) => argument === name || argument.startsWith(`${name}=`))
    return at < 0 ? undefined : argv[at] === name ? argv[at + 1] : argv[at]!.slice(name.length + 1)
  }
  const port = Number(value('--socket'))
  const pipe = value('--pipe')
  if (argv.includes('--node-ipc')) return gated(new IPCMessageReader(host), new IPCMessageWriter(host))
  if (port) return gated(...createServerSocketTransport(port))
  if (pipe) return gated(...createServerPipeTransport(pipe))
  const writer = new StreamMessageWriter(host.stdout)
  const reader = new FrameReader(host.stdin, (code, problem) => transport.reader.refuse(null, code, problem))
  const transport = gated(reader, writer)
  const exit = () => host.exit(transport.reader.isShutDown ? 0 : 1)
  reader.onClose(exit)
  host.stdin.on('end', exit)
  writer.onError(exit)
  // A line that a library prints would be no message.
  globalThis.console = new Console(host.stderr)
  return transport
}

function gated(reader: MessageReader, writer: MessageWriter): Transport & { reader: Gate } {
  return { reader: new Gate(reader, writer), writer }
}
