import { queryTooLong } from './errorCodes.ts'

/** In UTF-16 units. A page of text is less, and no model reads so much of a query. */
export const MAX_QUERY_LENGTH = 10_000

/** Throws E_QUERY, with the column where the query is too long. */
export function checkQueryLength(query: string): void {
  if (query.length > MAX_QUERY_LENGTH) throw queryTooLong(MAX_QUERY_LENGTH)
}
