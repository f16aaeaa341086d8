import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Language as Grammar, Parser, Query } from 'web-tree-sitter'
import type { Language } from './languages.ts'

/** A parser and the query that finds declarations, for one language. */
export interface LoadedGrammar {
  parser: Parser
  query: Query
}

/**
 * Loads grammars on first use and keeps them. `grammarsDirectory` holds `web-tree-sitter.wasm`,
 * `tree-sitter-<grammar>.wasm` and `<query>.chunks.scm`; the queries may also lie in the `syntaxes` folder of the
 * package, three levels above. A file that is missing or bad rejects the loads that need it, again on each call.
 */
export class Grammars {
  readonly #loaded = new Map<string, Promise<LoadedGrammar>>()

  constructor(readonly grammarsDirectory: string) {}

  load(language: Language): Promise<LoadedGrammar> {
    const key = language.grammar ?? ''
    let loading = this.#loaded.get(key)
    if (!loading) {
      loading = this.#load(key, language.queries)
      this.#loaded.set(key, loading)
    }
    return loading
  }

  async dispose(): Promise<void> {
    const loaded = await Promise.allSettled(this.#loaded.values())
    this.#loaded.clear()
    for (const one of loaded) {
      if (one.status !== 'fulfilled') continue
      one.value.query.delete()
      one.value.parser.delete()
    }
  }

  async #load(grammarName: string, queries: readonly string[]): Promise<LoadedGrammar> {
    await Parser.init({ locateFile: () => path.join(this.grammarsDirectory, 'web-tree-sitter.wasm') })
    const grammar = await Grammar.load(
      new Uint8Array(await readFile(path.join(this.grammarsDirectory, `tree-sitter-${grammarName}.wasm`))),
    )
    const sources = await Promise.all(queries.map((name) => this.#readQuery(`${name}.chunks.scm`)))
    const parser = new Parser()
    parser.setLanguage(grammar)
    return { parser, query: new Query(grammar, sources.join('\n')) }
  }

  async #readQuery(fileName: string): Promise<string> {
    try {
      return await readFile(path.join(this.grammarsDirectory, fileName), 'utf8')
    } catch {
      return await readFile(path.join(this.grammarsDirectory, '../../../syntaxes', fileName), 'utf8')
    }
  }
}
