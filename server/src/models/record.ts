import { readFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { writeFileAtomicSync } from '../base/fsx.ts'
import type { DownloadPlan, InstalledModel } from './types.ts'

/** Written into an installed model's folder; a folder without it is not ours. */
export const RECORD_FILE = 'lateral-model.json'

/** Undefined where the folder has no record, or one that cannot be read: then it does not count as installed. */
export async function readRecord(directory: string): Promise<InstalledModel | undefined> {
  const parsed = recordSchema.safeParse(await readJson(path.join(directory, RECORD_FILE)))
  return parsed.success ? ({ ...parsed.data, directory } as InstalledModel) : undefined
}

export function writeRecord(directory: string, { directory: _, ...record }: InstalledModel): void {
  writeJson(path.join(directory, RECORD_FILE), record)
}

export type Pin = Pick<DownloadPlan, 'repository' | 'revision' | 'licence' | 'files'>

/** A model's pin: revision and checksums of the first yes. Undefined where there is none that can be read. */
export async function readPin(file: string): Promise<Pin | undefined> {
  const parsed = pinSchema.safeParse(await readJson(file))
  return parsed.success ? (parsed.data as Pin) : undefined
}

export function writePin(file: string, { repository, revision, licence, files }: Pin): void {
  writeJson(file, { repository, revision, licence, files })
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return undefined
  }
}

const writeJson = (file: string, value: unknown) => writeFileAtomicSync(file, `${JSON.stringify(value, null, 2)}\n`)

const fileSchema = z.object({
  // Names come from a server: none may leave the folder or hide in it.
  path: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  sizeBytes: z.number().int().min(0),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  gitOid: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
})

const recordSchema = z.object({
  id: z.string(),
  source: z.enum(['hub', 'import']),
  repository: z.string().optional(),
  revision: z.string().optional(),
  licence: z.string().nullable(),
  installedAtMs: z.number(),
  files: z.array(fileSchema.required({ sha256: true }).omit({ gitOid: true })).min(1),
})

const pinSchema = z.object({
  repository: z.string(),
  revision: z.string().regex(/^[0-9a-f]{40}$/),
  licence: z.string().nullable(),
  files: z.array(fileSchema).min(1),
})
