import { archiveCases } from './kinds/archives.ts'
import { damageCases } from './kinds/damage.ts'
import { deviceCases } from './kinds/devices.ts'
import { environmentCases } from './kinds/environment.ts'
import { expressionCases } from './kinds/expressions.ts'
import { gitCases } from './kinds/git.ts'
import { globCases } from './kinds/globs.ts'
import { linkCases } from './kinds/links.ts'
import { messageCases } from './kinds/messages.ts'
import { nameCases } from './kinds/names.ts'
import { nestingCases } from './kinds/nesting.ts'
import { queryCases } from './kinds/queries.ts'
import { sparseCases } from './kinds/sparse.ts'
import type { HostileCase } from './types.ts'

/** Every attack there is, by kind. */
export const allCases: readonly HostileCase[] = [
  ...linkCases,
  ...deviceCases,
  ...sparseCases,
  ...globCases,
  ...expressionCases,
  ...nestingCases,
  ...nameCases,
  ...queryCases,
  ...messageCases,
  ...archiveCases,
  ...gitCases,
  ...damageCases,
  ...environmentCases,
]
