import type { DownloadPlan, ModelListing } from '../../../server/src/contract/requests.ts'
import { printable, withoutIcons } from './plainText.ts'

export interface ModelItem {
  label: string
  description: string
  detail: string
  id: string
}

/** Rows of a list of models: what each is for, and how much of the disk it takes. */
export function modelItems(models: ModelListing[], states: ModelListing['state'][]): ModelItem[] {
  return models
    .filter(({ state }) => states.includes(state))
    .map(({ id, state, spaces, summary, sizeBytes }) => ({
      label: withoutIcons(id),
      description: sizeBytes > 0 ? `${state}, ${megabytes(sizeBytes)}` : state,
      detail: withoutIcons(`For ${spaces.join(' and ')}: ${summary}`),
      id,
    }))
}

/** All that somebody has to know who is asked for a yes. */
export function planDetail(plan: DownloadPlan, directory: string): string {
  const total = plan.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return [
    `${megabytes(total)} from ${plan.endpoint}/${plan.repository}`,
    `Licence: ${plan.licence ?? 'not stated, see the page of the model'}`,
    `Revision: ${plan.revision}${plan.isPinned ? ' (agreed on before)' : ''}`,
    `To: ${directory}`,
    '',
    ...plan.files.map(({ path, sizeBytes, sha256, gitOid }) => {
      const checksum = sha256 === undefined ? `git ${gitOid}` : `sha256 ${sha256.slice(0, 16)}…`
      return `${path}, ${megabytes(sizeBytes)}, ${checksum}`
    }),
  ]
    .map(printable)
    .join('\n')
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 3 : 1)} MB`
