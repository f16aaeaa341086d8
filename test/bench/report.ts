import os from 'node:os'

export interface Result {
  bench: string
  corpus: string
  figures: Record<string, number | undefined>
}

/** Prints a table for people or, with `--json` among `args`, one object on the last line. Figures are rounded. */
export function report({ bench, corpus, figures }: Result, args: string[] = process.argv): void {
  const rounded = Object.entries(figures).flatMap(([name, value]) =>
    value === undefined || !Number.isFinite(value) ? [] : [[name, round(value)] as const],
  )
  if (args.includes('--json')) {
    console.log(JSON.stringify({ bench, machine: machine(), corpus, figures: Object.fromEntries(rounded) }))
    return
  }
  console.log(`${bench} on ${corpus}\n${machine()}`)
  const width = Math.max(...rounded.map(([name]) => name.length))
  for (const [name, value] of rounded) console.log(`  ${name.padEnd(width)}  ${value}`)
}

export function machine(): string {
  const memoryGb = Math.round(os.totalmem() / 2 ** 30)
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor'
  return `${cpu}, ${os.availableParallelism()} cores, ${memoryGb} GB, Node ${process.versions.node}, ${process.platform} ${process.arch}`
}

/** The value below which `share` (0..1) of `values` lie: nearest rank. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

const round = (value: number) => (Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4)))
