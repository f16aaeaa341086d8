import { filterText } from '../../../server/src/contract/queryTokens.ts'
import { ExplainRequest, type Explanation, type WireHit } from '../../../server/src/contract/requests.ts'
import type { Context } from '../context.ts'
import type { ResultNode } from '../ui/resultsTree.ts'
import { searchInPick } from './search.ts'

export interface ExplainArguments {
  query: string
  hit: WireHit
  /** `false` answers and shows nothing. */
  show?: boolean
}

/** Shows why a search found a hit: of the results in the side bar, or of any query. */
export const explainResult =
  (context: Context) =>
  async (given?: ExplainArguments | ResultNode): Promise<Explanation | undefined> => {
    const asked = argumentsOf(context, given)
    if (!asked) return undefined
    const { query, hit } = asked
    const { uri, startLine, endLine, name } = hit
    const explanation = await context.request(ExplainRequest, { query, uri, startLine, endLine, name })
    if (asked.show !== false) await context.explanations.show(query, explanation)
    return explanation
  }

/** Opens the search box for code like a hit; the user may add words and filters. */
export const moreLikeThis = (context: Context) => async (node?: ResultNode) => {
  if (node?.type !== 'hit') return undefined
  const { path, startLine, endLine } = node.hit
  return searchInPick(context, `${filterText('like', `${path}#L${startLine}-L${endLine}`)} `)
}

function argumentsOf(context: Context, given: ExplainArguments | ResultNode | undefined): ExplainArguments | undefined {
  if (given && 'query' in given) return given
  const query = context.results.current?.query
  return given?.type === 'hit' && query !== undefined ? { query, hit: given.hit } : undefined
}
