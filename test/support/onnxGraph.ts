/** What a small graph looks like; the defaults are a valid encoder without any context: a table of rows of length 1. */
export interface TableGraph {
  /** Row by row; a row of the table is the output for its id. */
  table: number[]
  /** Shape of the table. */
  shape: number[]
  inputs?: string[]
  output?: string
  /** ONNX's number of the type of the inputs: 7 is int64, 6 is int32. */
  inputType?: number
  /** Tokens that the graph is made for; any number by default. */
  length?: number
  /** File beside the graph that holds the table, as in models that are too large for one file. */
  externalFile?: string
}

/** `n` rows of `dim` numbers, each with a 1 in one place. */
export function unitTable(n: number, dim: number): number[] {
  return Array.from({ length: n * dim }, (_, i) => (i % dim === Math.floor(i / dim) % dim ? 1 : 0))
}

/** An ONNX file of one `Gather`, written by hand (onnx.proto3 of ONNX 1.x, IR version 8, opset 14). */
export function tableGraph(graph: TableGraph): Buffer {
  const { table, shape, inputs = ['input_ids', 'attention_mask'], output = 'output', inputType = INT64 } = graph
  const node = message([text(1, 'table'), text(1, 'input_ids'), text(2, output), text(4, 'Gather')])
  const bytes = tableBytes(table)
  const content = graph.externalFile === undefined ? [field(9, bytes)] : external(graph.externalFile)
  const tensor = message([...shape.map((n) => number(1, n)), number(2, FLOAT), text(8, 'table'), ...content])
  const length = graph.length === undefined ? text(2, 'length') : number(1, graph.length)
  const batchAndLength = [field(1, message([text(2, 'batch')])), field(1, message([length]))]
  const free = ['batch', 'length', 'dim'].slice(0, shape.length + 1).map((name) => field(1, message([text(2, name)])))
  const parts = [
    field(1, node),
    text(2, 'graph'),
    field(5, tensor),
    ...inputs.map((name) => field(11, value(name, inputType, batchAndLength))),
    field(12, value(output, FLOAT, free)),
  ]
  return message([number(1, 8), field(7, message(parts)), field(8, message([text(1, ''), number(2, 14)]))])
}

/** The bytes of a table as they stand in a file of their own. */
export const tableBytes = (table: number[]): Buffer => Buffer.from(Float32Array.from(table).buffer)

const external = (file: string) => [field(13, message([text(1, 'location'), text(2, file)])), number(14, 1)]

function value(name: string, type: number, dims: Buffer[]): Buffer {
  const tensorType = message([number(1, type), field(2, message(dims))])
  return message([text(1, name), field(2, message([field(1, tensorType)]))])
}

const message = (fields: Buffer[]): Buffer => Buffer.concat(fields)
const text = (tag: number, content: string): Buffer => field(tag, Buffer.from(content))
const number = (tag: number, n: number): Buffer => message([varint(tag << 3), varint(n)])
const field = (tag: number, bytes: Buffer): Buffer => message([varint((tag << 3) | 2), varint(bytes.length), bytes])

function varint(n: number): Buffer {
  const bytes: number[] = []
  let rest = n
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}

const FLOAT = 1
const INT64 = 7
