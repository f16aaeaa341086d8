import { findKeyBlocks } from './keyBlocks.ts'
import { OWN_RULES } from './ownRules.ts'
import published from './rules.json'

/** Where a secret stands in a text: offsets, the end exclusive. */
export interface SecretSpan {
  start: number
  end: number
  /** What is secret of it, in one piece or several lines. Goes into no log, error or answer. */
  secret: string
  /** Id of the rule. */
  rule: string
}

/**
 * The secrets of a text, in no order: blocks of private keys, and tokens by their published prefixes, lengths and
 * alphabets. Rules are gitleaks' (`rules.json`, made by `server/build/secretRules.mjs`) and a few of our own. `path` gives
 * rules that are about one kind of file their kind. Linear: some 10 ms a MB where no keyword of a rule occurs.
 */
export function findSecrets(text: string, path: string): SecretSpan[] {
  if (text.length < SHORTEST) return []
  const lower = text.toLowerCase()
  const mayHoldKey = lower.includes('private key') || lower.includes('private-lines')
  const spans = mayHoldKey ? findKeyBlocks(text) : []
  for (const rule of rulesFor(lower)) {
    if (rule.path && !rule.path.test(path)) continue
    for (const match of text.matchAll(rule.pattern)) {
      const secret = (rule.group > 0 ? match[rule.group] : match.slice(1).find((group) => group)) ?? match[0]
      if (isPlaceholder(secret, rule)) continue
      spans.push({ start: match.index, end: match.index + match[0].length, secret, rule: rule.id })
    }
  }
  return spans
}

interface Rule {
  id: string
  pattern: RegExp
  keywords: readonly string[]
  entropy: number
  group: number
  path: RegExp | undefined
  allow: readonly RegExp[]
}

/** Rules of which a keyword occurs. */
function rulesFor(lower: string): Iterable<Rule> {
  rules ??= load()
  const found = new Set<Rule>()
  for (const [keyword, own] of rules.byShortKeyword)
    if (lower.includes(keyword)) for (const rule of own) found.add(rule)
  const { anyKeyword, byKeyword } = rules
  anyKeyword.lastIndex = 0
  for (let match = anyKeyword.exec(lower); match; match = anyKeyword.exec(lower)) {
    for (const rule of byKeyword.get(match[0])!) found.add(rule)
    // The next one may begin inside of this one.
    anyKeyword.lastIndex = match.index + 1
  }
  return found
}

interface LoadedRules {
  byShortKeyword: [keyword: string, Rule[]][]
  /** Longest first. A keyword stands for those that it begins with, too. */
  anyKeyword: RegExp
  byKeyword: Map<string, Rule[]>
}

let rules: LoadedRules | undefined

function load(): LoadedRules {
  const all = [...(published.rules as PublishedRule[]), ...OWN_RULES].map(
    ({ id, regex, keywords, entropy = -1, group = 0, path, allow = [] }): Rule => ({
      id,
      group,
      pattern: new RegExp(regex, 'g'),
      keywords,
      entropy,
      path: path === undefined ? undefined : new RegExp(path),
      allow: allow.map((each) => new RegExp(each)),
    }),
  )
  const keywords = [...new Set(all.flatMap((rule) => rule.keywords))].sort((a, b) => b.length - a.length)
  const rulesOf = (holds: (keyword: string) => boolean) => all.filter((rule) => rule.keywords.some(holds))
  const long = keywords.filter((keyword) => keyword.length > SHORT_KEYWORD)
  const short = keywords.filter((keyword) => keyword.length <= SHORT_KEYWORD)
  return {
    byShortKeyword: short.map((keyword) => [keyword, rulesOf((own) => own === keyword)]),
    anyKeyword: new RegExp(long.map((keyword) => keyword.replace(/[.*+?^${}()|[\]\\~-]/g, '\\$&')).join('|'), 'g'),
    byKeyword: new Map(
      long.map((keyword) => [keyword, rulesOf((own) => own.length > SHORT_KEYWORD && keyword.startsWith(own))]),
    ),
  }
}

/** As they stand in `rules.json`. */
export interface PublishedRule {
  id: string
  regex: string
  /** Lower case; a text without any of them has no match. */
  keywords: string[]
  /** Secrets of no more are none: bits a character. */
  entropy?: number
  /** Which group of the expression is the secret; the first that matched where absent, else all of it. */
  group?: number
  /** Of the files that it is about. */
  path?: string
  /** Secrets that are none. */
  allow?: string[]
}

function isPlaceholder(secret: string, { entropy, allow }: Rule): boolean {
  if (entropyOf(secret) <= entropy) return true
  const lower = secret.toLowerCase()
  return (
    allow.some((pattern) => pattern.test(secret)) ||
    PLACEHOLDERS.some((pattern) => pattern.test(secret)) ||
    published.allow.words.some((word) => lower.includes(word))
  )
}

/** Shannon's, of the characters: bits each. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

const PLACEHOLDERS = published.allow.regexes.map((each) => new RegExp(each))
/** No rule matches less. */
const SHORTEST = 16
/** Keywords up to this length are looked for one by one: among all, they would be met at every turn. */
const SHORT_KEYWORD = 3
