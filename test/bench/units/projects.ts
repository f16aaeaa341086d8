import { readdir, realpath } from 'node:fs/promises'
import path from 'node:path'
import { seededRandom } from '../../../server/src/base/random.ts'
import { order } from '../../../server/src/search/rank.ts'
import type { RankingWeights } from '../../../server/src/search/weights.ts'
import type { ToolAnswer } from '../quality/colgrep.ts'
import { type Indexes, LIMIT, type QueryCandidates } from '../quality/indexedFolder.ts'
import { ndcg } from '../quality/ndcg.ts'
import type { Variant } from '../quality/variants.ts'
import { holdOut } from './heldOut.ts'
import type { Target } from './questions.ts'

/** What is asked about: functions, types, functions that share no stem with their question, and both by name. */
export type SetName = 'functions' | 'types' | 'unshared' | 'names'
export const SETS: readonly SetName[] = ['functions', 'types', 'unshared', 'names']

export interface Asked {
  set: SetName
  target: Target
  /** The target's question without what would be a filter. */
  question: string
  found: QueryCandidates | undefined
}

/** A project without its doc comments, and what was found for each question. */
export interface Project {
  name: string
  /** Without links, as other tools name files. */
  folder: string
  asked: Asked[]
}

/** Every folder in `corpora`, in order of name. Copies are made in `storage`; the same seed draws the same questions. */
export async function searchProjects(
  corpora: string,
  indexes: Indexes,
  options: { storage: string; nTargets: number; seed: number },
): Promise<Project[]> {
  const projects: Project[] = []
  for (const entry of (await readdir(corpora, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory()) continue
    const { name } = entry
    const heldOut = await holdOut(path.join(corpora, name), path.join(options.storage, 'corpora', name), {
      nTargets: options.nTargets,
      random: seededRandom(options.seed),
    })
    const asked = SETS.flatMap((set) =>
      heldOut[set].map((target) => ({ set, target, question: target.question.replace(/["/:]/g, ' ') })),
    )
    const { nUnits, queries } = await indexes.candidates(
      heldOut.folder,
      asked.map(({ question }) => question),
    )
    console.error(`${name}: ${nUnits} units, ${SETS.map((set) => `${heldOut[set].length} ${set}`).join(', ')}`)
    projects.push({
      name,
      folder: await realpath(heldOut.folder),
      asked: asked.map((each, i) => ({ ...each, found: queries[i] })),
    })
  }
  return projects
}

export interface Placed {
  /** 1 / rank of the declaration among the first ten units, 0 where it is not one of them. */
  reciprocalRank: number
  /** Whether it comes first, with just its lines. */
  isFirstExact: boolean
  /** NDCG@10 of its file among the files of all hits. */
  fileNdcg: number
}

export function placeOf({ target, found }: Asked, candidates: Variant['candidates'], weights: RankingWeights): Placed {
  const measured = found?.[candidates]
  if (!measured) return { reciprocalRank: 0, isFirstExact: false, fileNdcg: 0 }
  const { table } = measured
  const hits = order(measured, weights, LIMIT)
  const ranked = hits.slice(0, K)
  const at = ranked.findIndex(
    ({ unit }) => table.path(unit) === target.path && table.nameLine[unit] === target.nameLine,
  )
  const first = ranked[0]?.unit ?? -1
  return {
    reciprocalRank: at < 0 ? 0 : 1 / (at + 1),
    isFirstExact: at === 0 && table.startLine[first] === target.startLine && table.endLine[first] === target.endLine,
    fileNdcg: ndcg(
      hits.map(({ unit }) => table.path(unit)),
      [target.path],
    ),
  }
}

/** The same of another tool's hits: one that begins with the declaration, between its first line and its name, is it. */
export function placeOfAnswer({ target }: Asked, project: Project, answer: ToolAnswer | undefined): Placed {
  const hits = [...(answer?.hits ?? [])].sort((a, b) => b.score - a.score)
  const file = path.join(project.folder, target.path)
  const at = hits
    .slice(0, K)
    .findIndex((hit) => hit.file === file && hit.startLine >= target.startLine && hit.startLine <= target.nameLine)
  const first = hits[0]
  return {
    reciprocalRank: at < 0 ? 0 : 1 / (at + 1),
    isFirstExact: at === 0 && first!.startLine === target.startLine && first!.endLine === target.endLine,
    fileNdcg: ndcg(answer?.hits.map((hit) => hit.file) ?? [], [target.path]),
  }
}

const K = 10
