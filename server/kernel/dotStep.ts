// One step of the dot products: relaxed, 4 dimensions of int8 at once; plain, 2 dimensions of int16.
// @ts-ignore: decorator
@inline
export function dotStep(q: v128, w: v128, acc: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_dot_i8x16_i7x16_add_s(q, w, acc);
  return i32x4.add(i32x4.dot_i16x8_s(q, w), acc);
}
