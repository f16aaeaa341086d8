import { describe, expect, it } from 'vitest'
import { codeFiles, read } from './repository.ts'

describe("ONNX Runtime's telemetry", () => {
  it('is off because the library is loaded in one place, which switches it off first', () => {
    const loading = codeFiles().filter((file) => /\.m?ts$|\.mjs$/.test(file) && LOADED.test(read(file)))
    expect(loading).toEqual(['server/src/encode/onnxRuntime.ts'])
    const [source] = loading.map(read)
    expect(source!.indexOf('Object.assign(process.env')).toBeLessThan(source!.search(LOADED))
  })

  it('is off in Python, whose scripts import the switch before the library', () => {
    const scripts = codeFiles().filter((file) => file.endsWith('.py') && PYTHON_IMPORT.test(read(file)))
    expect(scripts.length).toBeGreaterThan(0)
    for (const file of scripts) {
      const source = read(file)
      const switched = source.search(/^import no_telemetry\b/m)
      expect(switched, file).toBeGreaterThan(-1)
      expect(switched, file).toBeLessThan(source.search(PYTHON_IMPORT))
    }
  })
})

/** A static import of values, `import(...)` as a call, or `require`; types load nothing. */
const LOADED =
  /^import (?!type\b)[^\n]*'onnxruntime-node'|(?<!typeof )import\('onnxruntime-node'\)|require\(['"]onnxruntime-node/m
const PYTHON_IMPORT = /^(import onnxruntime|from onnxruntime)\b/m
