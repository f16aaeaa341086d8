import { AppError } from '../../base/errors.ts'
import type { ErrorCode } from '../../contract/errorCodes.ts'
import { checkQueryLength } from '../../contract/queryLength.ts'
import { type SearchHit, type SearchParams, type SearchReply, SearchRequest } from '../../contract/requests.ts'
import { toWireHit } from '../convert.ts'
import type { Handler } from '../dispatch.ts'
import { mergeRankings } from '../merge.ts'
import { searchParams } from '../params.ts'
import type { Session } from '../session.ts'

export const searchHandler: Handler<SearchParams, SearchReply, Session> = {
  definition: SearchRequest,
  params: searchParams,

  async run(session, params, signal) {
    const started = performance.now()
    checkQueryLength(params.query)
    const selected = session.folders.select(params.folders)
    const folders = selected.filter((folder) => folder.engineFolder)
    // As it is now: units that become searchable while the search runs may be missing from its answer.
    const fractionBefore = Math.min(1, ...selected.map((folder) => folder.searchableFraction))
    const limit = params.limit ?? Math.max(0, ...folders.map((folder) => folder.settings['search.maxResults']))
    session.documents.flush()

    const { partialResultToken } = params
    const names = session.folders.all().map(({ name }) => name)
    const answers = await answersOf(
      folders.map(async (folder) => {
        const wire = (hits: SearchHit[]) => hits.map((hit) => toWireHit(hit, folder.name))
        const answer = await folder.engineFolder!.search(params.query, {
          limit,
          signal,
          workspace: { name: folder.name, names },
          nIvfProbe: folder.settings['search.nIvfProbe'],
          nFullScores: folder.settings['search.nFullScores'],
          ...(params.space && { space: params.space }),
          ...(partialResultToken !== undefined && {
            onPartial: (hits: SearchHit[]) => {
              if (!signal.aborted) session.sendPartial(partialResultToken, wire(hits))
            },
          }),
        })
        return { ...answer, hits: wire(answer.hits) }
      }),
    )
    const indexedFraction = Math.min(fractionBefore, ...answers.map((answer) => answer.indexedFraction))
    return {
      hits: mergeRankings(
        answers.map((answer) => answer.hits),
        limit,
      ),
      elapsedMs: performance.now() - started,
      indexedFraction,
      complete:
        indexedFraction >= 1 && answers.every(({ complete }) => complete) && selected.every(({ isWell }) => isWell),
      ...(answers.some((answer) => answer.truncated) && { truncated: true }),
    }
  },
}

/**
 * A folder that is in no git repository has nothing to say of a query about git, and one that lacks a file nothing of
 * what is like it; that is an error where no other has.
 */
async function answersOf<Answer extends { hits: unknown[] }>(searches: Promise<Answer>[]): Promise<Answer[]> {
  const settled = await Promise.allSettled(searches)
  const answers = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const failures = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  const grave = failures.find((error) => !(error instanceof AppError && OF_ONE_FOLDER.has(error.code)))
  if (grave) throw grave
  if (failures.length > 0 && answers.every(({ hits }) => hits.length === 0)) throw failures[0]
  return answers
}

const OF_ONE_FOLDER: ReadonlySet<string> = new Set<ErrorCode>(['E_GIT', 'E_LIKE'])
