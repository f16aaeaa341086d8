/**
 * Layout of a lexical segment: an immutable file with the words of some docs. Little-endian; sections follow one
 * another in this order, each at a multiple of four bytes (zero-filled gaps).
 *
 * | bytes            | what                                                                          |
 * |------------------|-------------------------------------------------------------------------------|
 * | 4                | magic 'LXSG'                                                                  |
 * | 2                | format version                                                                |
 * | 2                | zero                                                                          |
 * | 4                | nDocs                                                                         |
 * | 4                | nTerms                                                                        |
 * | 4                | termBytes: length of the term texts                                           |
 * | 4                | postingBytes: length of the postings                                          |
 * | 4                | size of the whole file, checksum included                                     |
 * | 4                | zero                                                                          |
 * | 22 * nDocs       | content keys, ASCII, in doc order                                             |
 * | 4 * nDocs        | u32 doc lengths: sum of a doc's counts                                        |
 * | 4 * (nTerms + 1) | u32 where each term's text starts                                             |
 * | termBytes        | term texts, UTF-8, ascending by bytes                                         |
 * | 4 * nTerms       | u32 document frequency of each term                                           |
 * | 4 * (nTerms + 1) | u32 where each term's postings start                                          |
 * | postingBytes     | per term: for each doc LEB128 distance to the doc before (first: doc), u8 count |
 * | 4                | crc32 of everything before                                                    |
 */
export const LEXICAL_MAGIC = 0x4753584c
export const LEXICAL_VERSION = 1 // 1: first
export const HEADER_BYTES = 32
export const KEY_BYTES = 22
export const CHECKSUM_BYTES = 4

/** Byte offset of every section. */
export interface LexicalLayout {
  keys: number
  lengths: number
  termStarts: number
  terms: number
  frequencies: number
  postingStarts: number
  postings: number
  checksum: number
  size: number
}

export function layoutOf(nDocs: number, nTerms: number, termBytes: number, postingBytes: number): LexicalLayout {
  const keys = HEADER_BYTES
  const lengths = align(keys + KEY_BYTES * nDocs)
  const termStarts = lengths + 4 * nDocs
  const terms = termStarts + 4 * (nTerms + 1)
  const frequencies = align(terms + termBytes)
  const postingStarts = frequencies + 4 * nTerms
  const postings = postingStarts + 4 * (nTerms + 1)
  const checksum = align(postings + postingBytes)
  return {
    keys,
    lengths,
    termStarts,
    terms,
    frequencies,
    postingStarts,
    postings,
    checksum,
    size: checksum + CHECKSUM_BYTES,
  }
}

function align(offset: number): number {
  return (offset + 3) & ~3
}
