import { addAbortSignal, type Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/**
 * Lines of a stream of UTF-8, without their ends. Of a longer line than `maxLength` characters the rest is left out, so
 * that an endless one takes no memory. Withdrawn by `signal` also while it waits, the stream is at its end.
 */
export async function* linesOf(stream: Readable, maxLength: number, signal: AbortSignal): AsyncGenerator<string> {
  addAbortSignal(signal, stream)
  const decoder = new StringDecoder('utf8')
  let line = ''
  const add = (text: string) => {
    if (line.length < maxLength) line += text.slice(0, maxLength - line.length)
  }
  for await (const chunk of stream) {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk)
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      add(text.slice(start, end))
      yield line.endsWith('\r') ? line.slice(0, -1) : line
      line = ''
      start = end + 1
    }
    add(text.slice(start))
  }
  if (line !== '') yield line
}
