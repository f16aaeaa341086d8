// What the benchmarks say of themselves: the first comment of each file, and the options that it reads.

/** The first sentence of the first comment: the question that the benchmark answers. */
export function questionOf(source) {
  return commentOf(source)[0]?.match(/^.*?[?.](?=\s|$)/)?.[0] ?? ''
}

/** The whole comment, and a line for each option with its default. */
export function helpOf(name, source) {
  const paragraphs = commentOf(source).map((text) => wrap(text))
  const options = optionsOf(source)
  const usage = `npm run -s bench -- ${name}${options.length > 0 ? ' [options]' : ''}`
  const titles = options.map(({ title }) => title)
  const width = Math.max(0, ...titles.map(({ length }) => length))
  const lines = options.map(({ title, note }) => `  ${title.padEnd(width)}  ${note}`.trimEnd())
  return [usage, ...paragraphs, ...(lines.length > 0 ? [lines.join('\n')] : [])].join('\n\n')
}

/** Options of the file's `parseArgs`, in their order. */
export function optionsOf(source) {
  const block = source.match(/parseArgs\(\{[\s\S]*?options: \{([\s\S]*?)\},?\s*\}\)/)?.[1] ?? ''
  const comment = commentOf(source).join(' ')
  return [...block.matchAll(/'?([\w-]+)'?: \{ (type: [^}]*)\}/g)].map(([, name, spec]) => {
    // How the comment writes the value, such as `--corpus DIR`.
    const value = comment.match(new RegExp(`--${name} (\\[?[A-Z0-9][\\w,]*\\]?)`))?.[1]
    const isSwitch = spec.includes("'boolean'")
    const title = isSwitch ? `--${name}` : `--${name} ${value ?? 'VALUE'}`
    return { name, title, note: noteOf(name, spec) }
  })
}

function noteOf(name, spec) {
  if (name === 'json') return 'one JSON object on the last line'
  const [, written] = spec.match(/default: (.+?),? *$/) ?? []
  const shown = written === 'root' ? 'this repository' : written?.match(/^'(.*)'$/)?.[1]
  const notes = [shown && `default: ${shown}`, spec.includes('multiple: true') && 'may be repeated']
  return notes.filter(Boolean).join('; ')
}

/** By paragraph, each in one line. */
function commentOf(source) {
  const comment = source.match(/\/\*\*([\s\S]*?)\*\//)?.[1] ?? ''
  const paragraphs = comment.replace(/^[ \t]*\*[ \t]?/gm, '').split(/\n\s*\n/)
  return paragraphs.map((text) => text.replace(/\s+/g, ' ').trim()).filter(Boolean)
}

function wrap(text) {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line && line.length + 1 + word.length > COLUMNS) lines.push(word)
    else lines[lines.length - 1] = line ? `${line} ${word}` : word
  }
  return lines.join('\n')
}

const COLUMNS = 100
