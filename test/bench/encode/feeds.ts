import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-node'

/** Inputs of a run: texts filled up to the longest on the right, what is filled in unseen. */
export function feedsOf(
  batch: number[][],
  padId: number,
  session: InferenceSession,
  Tensor: TensorConstructor,
): Record<string, Tensor> {
  const length = Math.max(...batch.map((ids) => ids.length))
  const int64 = (idOf: (ids: number[], i: number) => number) => {
    const values = batch.flatMap((ids) => Array.from({ length }, (_, i) => BigInt(idOf(ids, i))))
    return new Tensor('int64', BigInt64Array.from(values), [batch.length, length])
  }
  const named: Record<string, Tensor> = {
    input_ids: int64((ids, i) => ids[i] ?? padId),
    attention_mask: int64((ids, i) => (i < ids.length ? 1 : 0)),
    token_type_ids: int64(() => 0),
  }
  return Object.fromEntries(session.inputNames.map((name) => [name, named[name]!]))
}
