import { existsSync } from 'node:fs'
import path from 'node:path'
import { modelNotInstalled } from '../contract/errorCodes.ts'
import { folderNameOf, isModelId } from '../models/modelId.ts'
import { RECORD_FILE } from '../models/record.ts'

export interface ModelPlaces {
  /** Holds the built-in models, a folder each. */
  modelsDirectory: string
  /** Holds the models that the user installed. */
  userModelsDirectory: string
}

/**
 * The folder of the model that a setting names: an absolute path, a built-in model, or the id of an installed one.
 * Throws E_MODEL_MISSING for an id that is not installed. What is in the folder is for its reader to judge.
 */
export function resolveModel(model: string, { modelsDirectory, userModelsDirectory }: ModelPlaces): string {
  if (path.isAbsolute(model)) return model
  if (isModelId(model)) {
    const builtIn = path.join(modelsDirectory, model)
    if (existsSync(builtIn)) return builtIn
    const installed = path.join(userModelsDirectory, folderNameOf(model))
    if (existsSync(path.join(installed, RECORD_FILE))) return installed
  }
  throw modelNotInstalled(model)
}

/** Where installed models go unless told otherwise: in the user's data folder, for editor and command line alike. */
export const defaultUserModelsDirectory = (storageDirectory: string): string => path.join(storageDirectory, 'models')
