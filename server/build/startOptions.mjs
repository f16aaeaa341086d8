// The arguments of `npm start`.
import { parseArgs } from 'node:util'
import { Problem } from './problem.mjs'

export const START_HELP = `Index a folder, answer a question about it, and open it in VS Code with Lateral.

Usage: npm start -- [FOLDER] [options]      FOLDER: this repository where absent

Options:
  --query TEXT   Answer this question in the terminal.
  --once         End after the answer; open no editor.
  --port N       Port of the editor in the browser (default: a free one).
  --storage DIR  Where the index is kept (default: the platform's data folder).
  --help         Show this help.

Where "code" is on PATH, that VS Code opens; else one in the browser, installed on first use (about 650 MB).`

/** Throws Problem for what is not understood. */
export function parseStartOptions(argv) {
  const options = {
    query: { type: 'string' },
    once: { type: 'boolean', default: false },
    port: { type: 'string' },
    storage: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  }
  let parsed
  try {
    parsed = parseArgs({ args: argv, options, allowPositionals: true })
  } catch (error) {
    throw new Problem(`${error.message.split('. ')[0]}. "npm start -- --help" shows what is understood.`)
  }
  const { values, positionals } = parsed
  if (positionals.length > 1) throw new Problem(`Only one folder can be opened, not ${positionals.join(' and ')}.`)
  if (values.query !== undefined && values.query.trim() === '') throw new Problem('--query needs a question.')
  return { ...values, port: portFrom(values.port), folder: positionals[0] }
}

function portFrom(text) {
  if (text === undefined) return undefined
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw new Problem(`--port takes 1 to 65535, not "${text}".`)
  return port
}
