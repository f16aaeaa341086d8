/**
 * An expression in RE2's syntax as JavaScript's, without flags: flags that hold for a part (`(?i)`, `(?-i:...)`, `(?s:.)`)
 * are written out, since Node 20 has none for parts. Throws on what it does not know.
 */
export function javaScriptOf(source) {
  let at = 0
  const group = (flags) => {
    let out = ''
    let own = flags
    while (at < source.length && source[at] !== ')') {
      const char = source[at]
      if (char === '(') out += opened()
      else if (char === '[') out += charClass(own)
      else if (char === '\\') out += escaped(own)
      else if (char === '.') {
        out += own.s ? '[\\s\\S]' : '.'
        at++
      } else if (char === '$') {
        // A text is looked through as a whole: its lines end, too.
        out += '(?![^\\r\\n])'
        at++
      } else if (char === '{' && !/^\{\d+(,\d*)?\}/.test(source.slice(at))) {
        out += '\\{'
        at++
      } else if (char === '{') {
        const end = source.indexOf('}', at) + 1
        out += source.slice(at, end)
        at = end
      } else {
        out += char === '}' ? '\\}' : char === ']' ? '\\]' : own.i ? anyCase(char) : char
        at++
      }
    }
    return out

    /** A group, or flags for the rest of this one. */
    function opened() {
      const head = /^\((?:\?P?<\w+>|\?:|\?([ims]*)(?:-([ims]+))?([:)]))?/.exec(source.slice(at))
      const [text, on = '', off = '', end] = head
      at += text.length
      if (/m/.test(on + off)) throw new Error(`The flag m is not known: ${source}`)
      const changed = {
        i: (own.i || on.includes('i')) && !off.includes('i'),
        s: (own.s || on.includes('s')) && !off.includes('s'),
      }
      if (end === ')') {
        own = changed
        return ''
      }
      const inner = group(end === ':' ? changed : own)
      at++
      return `${text === '(' ? '(' : '(?:'}${inner})`
    }
  }

  function escaped({ i }) {
    const [text] = /^\\(x[0-9a-fA-F]{2}|.)/.exec(source.slice(at))
    at += text.length
    if (text === '\\z') return '$'
    if (text === '\\A') return '^'
    if (/^\\[pPQEUL]/.test(text)) throw new Error(`${text} is not known: ${source}`)
    // Needless escapes stay readable as plain characters.
    if (/^\\["'#<>%:;,=!@&~`]$/.test(text)) return text[1]
    return i && /^\\[G-Zg-z]$/.test(text) && !/^\\[bBdDnrstvwWSf]$/.test(text) ? anyCase(text[1]) : text
  }

  function charClass({ i }) {
    const [text] = /^\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\]/.exec(source.slice(at))
    at += text.length
    const inner = text.slice(1, -1).replace(/\[:(\w+):\]/g, (_, name) => POSIX[name] ?? fail(name))
    return `[${i ? bothCases(inner) : inner}]`
  }

  function fail(name) {
    throw new Error(`The class ${name} is not known: ${source}`)
  }

  const result = group({ i: false, s: false })
  if (at < source.length) throw new Error(`A bracket too many: ${source}`)
  new RegExp(result)
  return result
}

const POSIX = { alnum: 'A-Za-z0-9', alpha: 'A-Za-z', digit: '0-9' }

const anyCase = (char) => (/[a-zA-Z]/.test(char) ? `[${char.toLowerCase()}${char.toUpperCase()}]` : char)

/** Adds the letters of the other case to what stands in brackets. */
function bothCases(inner) {
  let more = ''
  for (const [, quoted, from, to, single] of inner.matchAll(/(\\.)|([a-zA-Z])-([a-zA-Z])|([a-zA-Z])/g)) {
    if (quoted) continue
    if (single) more += other(single)
    else more += `${other(from)}-${other(to)}`
  }
  // Before a hyphen at the end, which stands for itself.
  const added = [...new Set(more.match(/.-.|./g) ?? [])].filter((part) => !inner.includes(part)).join('')
  return inner.endsWith('-') && !inner.endsWith('\\-') ? `${inner.slice(0, -1)}${added}-` : inner + added
}

const other = (char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase())
