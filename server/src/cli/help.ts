import type { Command } from './command.ts'
import { OPTIONS, type OptionName, type OptionSpec } from './options.ts'

export function overviewHelp(commands: Command[]): string[] {
  return [
    'Find code by meaning, entirely on this machine.',
    '',
    'Usage: lateral <command> [arguments] [options]',
    '',
    ...table(commands.map(({ name, summary }) => [`  ${name}`, summary])),
    '',
    'lateral <command> --help shows the options of one command.',
    'Exit codes: 0 hits, 1 none, 2 wrong usage or input, 3 failure; 130 and 143 when interrupted.',
  ]
}

export function commandHelp(command: Command): string[] {
  const names: OptionName[] = [...command.options, 'help']
  return [
    command.summary,
    '',
    `Usage: lateral ${command.name} ${command.usage}`.trimEnd(),
    ...(command.details ? ['', ...command.details.split('\n')] : []),
    '',
    'Options:',
    ...table(names.map((name) => [`  ${written(name)}`, OPTIONS[name].help])),
  ]
}

function written(name: OptionName): string {
  const spec: OptionSpec = OPTIONS[name]
  return `${spec.short ? `-${spec.short}, ` : ''}--${name}${spec.value ? ` ${spec.value}` : ''}`
}

function table(rows: [string, string][]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`)
}
