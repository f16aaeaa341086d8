import { tmpdir } from 'node:os'
import { usageError } from '../../contract/errorCodes.ts'
import { type LocalityReport, localityReport } from '../../engine/localityReport.ts'
import { type Command, EXIT } from '../command.ts'
import { storageDirectoryOf } from '../folder.ts'
import { formatBytes } from '../format.ts'
import { stderrLog } from '../log.ts'
import { networkFrom } from '../network.ts'

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Say what Lateral reads, writes and opens on this machine.',
  usage: '--privacy',
  options: ['privacy', 'json', 'mirror', 'proxy', 'storage'],
  details:
    'Opens no connection and writes nothing. The same lists are what the tests allow: they run index, search and server\n' +
    'in a network of their own and fail on anything else.',
  async run(positionals, options, context) {
    if (!options.privacy) throw usageError('Say what doctor is to look at: it knows --privacy.')
    if (positionals.length > 0) throw usageError(`doctor takes no argument, not ${JSON.stringify(positionals[0])}.`)
    const { io, modelsDirectory } = context
    const storageDirectory = storageDirectoryOf(options, context)
    const log = stderrLog(io.env.LATERAL_DEBUG === '1' ? 'debug' : 'error', io)
    const network = networkFrom(options, context)
    const library = await context.createModelLibrary({ modelsDirectory, storageDirectory, network, log })
    const report = localityReport({
      ...{ storageDirectory, modelsDirectory, userModelsDirectory: library.directory },
      ...{ temporaryDirectory: tmpdir(), platform: process.platform },
      ...{ models: await library.list(), server: library.server },
    })
    if (options.json) io.json(report)
    else io.out(...reportText(report))
    return EXIT.hits
  },
}

function reportText({ network, telemetry, places, indexes, models, programs, variables }: LocalityReport): string[] {
  const through = network.proxy === undefined ? '' : `, through ${network.proxy}`
  const placeText = ({ path, purpose, sizeBytes, prefixes, exists }: LocalityReport['places'][number]) => {
    const size = sizeBytes === undefined ? '' : `  ${formatBytes(sizeBytes)}`
    const names = prefixes ? `, ${prefixes.map((prefix) => `${prefix}*`).join(', ')} alone` : ''
    return [`  ${path}${names}${exists ? size : '  (not there yet)'}`, `    ${purpose}`]
  }
  const placesWith = (access: string) => places.filter((place) => place.access === access).flatMap(placeText)
  return [
    'Network',
    '  Lateral opens no connection by itself; its own processes speak over pipes.',
    ...network.uses.map(({ when, sent }) => `  When ${when}, ${network.server} gets ${sent}${through}.`),
    'Telemetry',
    '  Lateral has none.',
    `  That of ONNX Runtime, which runs the models, is off: ${assignments(telemetry.variables)} is set before it is loaded.`,
    ...(telemetry.note === undefined ? [] : [`  ${telemetry.note}`]),
    'Written',
    ...placesWith('reads and writes'),
    'Only read',
    ...placesWith('reads'),
    'Indexes',
    ...(indexes.length === 0 ? ['  none yet'] : []),
    ...indexes.map(
      ({ folder, sizeBytes, isGone }) =>
        `  ${folder}  ${formatBytes(sizeBytes)}${isGone ? '  (the folder is gone)' : ''}`,
    ),
    'Models',
    ...models.map(
      ({ id, state, sizeBytes, directory }) => `  ${id}  ${state}  ${formatBytes(sizeBytes)}  ${directory ?? ''}`,
    ),
    'Other programs that are started',
    ...programs.map(({ name, when }) => `  ${name}: ${when}.`),
    'Variables of the environment that are looked at',
    ...Object.entries(variables).map(([name, what]) => `  ${name}: ${what}`),
  ]
}

const assignments = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
