/** Prints rows of cells under a title; the first column to the left, the others to the right. */
export function printTable(title: string, rows: readonly (readonly (string | number)[])[]): void {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? decimal(cell) : cell)))
  const nColumns = Math.max(0, ...cells.map((row) => row.length))
  const widths = Array.from({ length: nColumns }, (_, i) => Math.max(...cells.map((row) => (row[i] ?? '').length)))
  console.log(`\n${title}`)
  for (const row of cells) {
    const padded = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
    console.log(`  ${padded.join('  ')}`)
  }
}

const decimal = (value: number) => (Number.isInteger(value) && Math.abs(value) > 1 ? String(value) : value.toFixed(4))
