import {
  type MeasuredEffort,
  type SearchEffort,
  sameEffort,
  type TuneReport,
} from '../../../server/src/contract/tuning.ts'

export interface TuneItem {
  label: string
  description: string
  effort: SearchEffort
}

/** What can be chosen, the recommended setting first, the others from little effort to much. */
export function tuneItems({ measured, recommended, current }: TuneReport): TuneItem[] {
  const isRecommended = (each: SearchEffort) => recommended !== undefined && sameEffort(each, recommended)
  const ordered = [...measured.filter(isRecommended), ...measured.filter((each) => !isRecommended(each))]
  return ordered.map((each) => {
    const marks = [isRecommended(each) && 'recommended', sameEffort(each, current) && 'in use'].filter(Boolean)
    const icon = isRecommended(each) ? '$(star-full)' : sameEffort(each, current) ? '$(check)' : '$(blank)'
    const { nIvfProbe, nFullScores } = each
    return {
      label: `${icon} ${nIvfProbe} probes, ${nFullScores.toLocaleString('en-US')} candidates`,
      description: [measuredText(each), ...marks].join(' · '),
      effort: { nIvfProbe, nFullScores },
    }
  })
}

/** Over the list: what the figures are of. */
export function tuneTitle({ nQueries, nUnits, exactP50Ms }: TuneReport): string {
  const units = nUnits.toLocaleString('en-US')
  return `Lateral: ${nQueries} questions from ${units} units; an exact search takes ${milliseconds(exactP50Ms)}`
}

const measuredText = ({ recall, p50Ms, p95Ms }: MeasuredEffort) =>
  `finds ${(recall * 100).toFixed(1)}% of the ten best · ${milliseconds(p50Ms)}, 19 of 20 within ${milliseconds(p95Ms)}`

const milliseconds = (ms: number) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
