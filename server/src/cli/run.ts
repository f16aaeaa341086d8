import { parseArgs } from 'node:util'
import { usageError } from '../contract/errorCodes.ts'
import { type CliContext, type Command, EXIT } from './command.ts'
import { clearCommand } from './commands/clear.ts'
import { doctorCommand } from './commands/doctor.ts'
import { indexCommand } from './commands/index.ts'
import { modelsCommand } from './commands/models.ts'
import { relatedCommand } from './commands/related.ts'
import { searchCommand } from './commands/search.ts'
import { statusCommand } from './commands/status.ts'
import { tuneCommand } from './commands/tune.ts'
import { reportFailure } from './failures.ts'
import { commandHelp, overviewHelp } from './help.ts'
import { OPTIONS, type OptionName, type OptionSpec, type RawOptions } from './options.ts'

/** Runs one command line. Resolves to the exit code; every failure has been told on standard error. */
export async function runCli(argv: string[], context: CliContext): Promise<number> {
  try {
    const [name, ...rest] = argv
    if (name === undefined) throw usageError('No command given.')
    if (name === '--help' || name === '-h' || name === 'help') return showHelp(rest[0], context)
    const command = commandNamed(name)
    const { values, positionals } = parse(command, rest)
    if (values.help) return showHelp(name, context)
    return await command.run(positionals, values, context)
  } catch (error) {
    return reportFailure(error, context.io)
  }
}

function showHelp(name: string | undefined, { io }: CliContext): number {
  io.out(...(name === undefined || name.startsWith('-') ? overviewHelp(COMMANDS) : commandHelp(commandNamed(name))))
  return EXIT.hits
}

function commandNamed(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name)
  if (!command) throw usageError(`There is no command ${JSON.stringify(name)}.`)
  return command
}

function parse(command: Command, args: string[]): { values: RawOptions; positionals: string[] } {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }> = {}
  for (const name of ['help', ...command.options] as OptionName[]) {
    const spec: OptionSpec = OPTIONS[name]
    options[name] = {
      type: spec.value === undefined ? 'boolean' : 'string',
      ...(spec.short && { short: spec.short }),
      ...(spec.multiple && { multiple: true }),
    }
  }
  try {
    return parseArgs({ args, options, allowPositionals: true }) as { values: RawOptions; positionals: string[] }
  } catch (error) {
    // Node's messages name the option and say what is wrong with it, but go on with a hint that fits few cases.
    throw usageError(`${(error as Error).message.split('. ')[0]?.replace(/\.$/, '')}.`)
  }
}

const COMMANDS: Command[] = [
  indexCommand,
  searchCommand,
  relatedCommand,
  statusCommand,
  tuneCommand,
  modelsCommand,
  doctorCommand,
  clearCommand,
]
