import { usageError } from '../contract/errorCodes.ts'

/** `name` or `owner/name`, in the characters that the hub allows. It can never climb out of a folder. */
export function isModelId(text: string): boolean {
  return text.length <= 96 && !text.includes('..') && !text.includes('--') && ID.test(text)
}

/** Throws E_USAGE. */
export function checkModelId(text: string): string {
  if (!isModelId(text)) throw usageError(`${JSON.stringify(text)} is no name of a model.`)
  return text
}

/** `owner/name` becomes `owner--name`. Two ids never share a folder, since `--` is in none. */
export const folderNameOf = (id: string): string => checkModelId(id).replace('/', '--')

const PART = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?'
const ID = new RegExp(`^${PART}(?:/${PART})?$`)
