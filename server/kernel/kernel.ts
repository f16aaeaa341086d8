// The scoring kernels, in AssemblyScript. Compiled twice: plain SIMD, and relaxed SIMD (FMA and int8 dot products).
// Nothing is allocated here: every pointer comes from the caller, which owns the memory. Layouts are those of
// server/src/index/plaid/kernel.ts; server/src/index/plaid/kernelTwin.ts is the same in plain TypeScript.

import { dotStep } from "./dotStep";

export { assign, quantise, sumRows } from "./assign";

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/**
 * Approximate scores by centroids (PLAID, section 4.2): score = sum over query tokens of the greatest int8 centroid
 * score among the unit's tokens. rows: 32 int8 a centroid. A unit is two docs (body, context; -1 = none); docTable
 * holds 16 bytes a doc {codes u32, nTokens u32, residuals u32, norms u32}. out: i32 a unit, added to.
 */
export function approximate(units: usize, n: i32, docTable: usize, wideCodes: i32, rows: usize, out: usize): void {
  for (let i = 0; i < n; i++) {
    let a = i8x16.splat(-128), b = i8x16.splat(-128);
    for (let part: usize = 0; part < 8; part += 4) {
      const doc = load<i32>(units + (<usize>i << 3) + part);
      if (doc < 0) continue;
      const entry = docTable + (<usize>doc << 4);
      let p = <usize>load<u32>(entry);
      const nTokens = <usize>load<u32>(entry, 4);
      if (wideCodes) {
        for (const end = p + (nTokens << 2); p < end; p += 4) {
          const r = rows + (<usize>load<u32>(p) << 5);
          a = i8x16.max_s(a, v128.load(r));
          b = i8x16.max_s(b, v128.load(r, 16));
        }
      } else {
        for (const end = p + (nTokens << 1); p < end; p += 2) {
          const r = rows + (<usize>load<u16>(p) << 5);
          a = i8x16.max_s(a, v128.load(r));
          b = i8x16.max_s(b, v128.load(r, 16));
        }
      }
    }
    const s = i16x8.add(i16x8.extadd_pairwise_i8x16_s(a), i16x8.extadd_pairwise_i8x16_s(b));
    const t = i32x4.extadd_pairwise_i16x8_s(s);
    const at = out + (<usize>i << 2);
    store<i32>(
      at,
      load<i32>(at) +
        i32x4.extract_lane(t, 0) + i32x4.extract_lane(t, 1) + i32x4.extract_lane(t, 2) + i32x4.extract_lane(t, 3),
    );
  }
}

// Writes the weights of one token's 4-bit codes: int8 a dimension (relaxed) or int16 (plain).
// Codes: blocks of 16 bytes = 32 dimensions, low nibbles first 16, high nibbles next 16; a last half block of 8 bytes.
// @ts-ignore: decorator
@inline
function decode4(codes: usize, dim: i32, table: v128, to: usize): void {
  const mask = i8x16.splat(15);
  let p = codes;
  let o = to;
  const whole = dim >>> 5;
  for (let i = 0; i < whole; i++) {
    const c = v128.load(p);
    const lo = i8x16.swizzle(table, v128.and(c, mask));
    const hi = i8x16.swizzle(table, i8x16.shr_u(c, 4));
    p += 16;
    if (ASC_FEATURE_RELAXED_SIMD) {
      v128.store(o, lo); v128.store(o, hi, 16);
      o += 32;
    } else {
      v128.store(o, i16x8.extend_low_i8x16_s(lo)); v128.store(o, i16x8.extend_high_i8x16_s(lo), 16);
      v128.store(o, i16x8.extend_low_i8x16_s(hi), 32); v128.store(o, i16x8.extend_high_i8x16_s(hi), 48);
      o += 64;
    }
  }
  if (dim & 31) {
    const c = v128.load64_zero(p);
    const lo = i8x16.swizzle(table, v128.and(c, mask));
    const hi = i8x16.swizzle(table, i8x16.shr_u(c, 4));
    const both = i8x16.shuffle(lo, hi, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    if (ASC_FEATURE_RELAXED_SIMD) {
      v128.store(o, both);
    } else {
      v128.store(o, i16x8.extend_low_i8x16_s(both)); v128.store(o, i16x8.extend_high_i8x16_s(both), 16);
    }
  }
}

// @ts-ignore: decorator
@inline
function finish(acc: v128, scale: v128, offset: v128, centroid: v128, norm: v128): v128 {
  return f32x4.mul(f32x4.add(madd(f32x4.convert_i32x4_s(acc), scale, offset), centroid), norm);
}

/**
 * Fine scores straight from 4-bit codes, without decompression: q.(c + r) = q.c + sum of q_d * weight[code_d], times
 * the token's inverse norm; the maximum over tokens, for each query token.
 *   scores   f32 [K][stride]: q.c from dotBlocks; stride = 8 * nBlocks
 *   qT       int8 [block][dim/4][8][4] (relaxed) or int16 [block][dim/2][8][2] (plain)
 *   table    16 weights 0..127 (int8, true weight = (w - 64) * step), scale: q step * weight step
 *   offsets  f32 [stride]: -64 * sum of q8 * scale;  norms: f32 [256] by the token's norm byte
 *   scratch  4 tokens of dim int16.  out: f32 [stride] a unit; -1e9 where a unit has no tokens
 */
export function fine(
  units: usize, n: i32, docTable: usize, wideCodes: i32, dim: i32,
  scores: usize, qT: usize, nBlocks: i32, table: usize, scale: f32, offsets: usize, norms: usize,
  scratch: usize, out: usize,
): void {
  const tab = v128.load(table);
  const scaleV = f32x4.splat(scale);
  const residualBytes = <usize>dim >>> 1;
  const tokenBytes = ASC_FEATURE_RELAXED_SIMD ? <usize>dim : <usize>dim << 1;
  const blockBytes = ASC_FEATURE_RELAXED_SIMD ? <usize>dim << 3 : <usize>dim << 4;
  const stride = <usize>nBlocks << 5;
  const t0 = scratch, t1 = t0 + tokenBytes, t2 = t1 + tokenBytes, t3 = t2 + tokenBytes;
  for (let i = 0; i < n; i++) {
    const maxima = out + <usize>i * stride;
    for (let k: usize = 0; k < stride; k += 16) v128.store(maxima + k, f32x4.splat(-1e9));
    for (let part: usize = 0; part < 8; part += 4) {
      const doc = load<i32>(units + (<usize>i << 3) + part);
      if (doc < 0) continue;
      const entry = docTable + (<usize>doc << 4);
      const codes = <usize>load<u32>(entry);
      const nTokens = <i32>load<u32>(entry, 4);
      const residuals = <usize>load<u32>(entry, 8);
      const normBytes = <usize>load<u32>(entry, 12);
      const last = nTokens - 1;
      for (let t = 0; t < nTokens; t += 4) {
        // Past the end the last token stands in again: a maximum does not mind.
        const k0 = <usize>t, k1 = <usize>min(t + 1, last), k2 = <usize>min(t + 2, last), k3 = <usize>min(t + 3, last);
        decode4(residuals + k0 * residualBytes, dim, tab, t0);
        decode4(residuals + k1 * residualBytes, dim, tab, t1);
        decode4(residuals + k2 * residualBytes, dim, tab, t2);
        decode4(residuals + k3 * residualBytes, dim, tab, t3);
        const n0 = v128.load32_splat(norms + (<usize>load<u8>(normBytes + k0) << 2));
        const n1 = v128.load32_splat(norms + (<usize>load<u8>(normBytes + k1) << 2));
        const n2 = v128.load32_splat(norms + (<usize>load<u8>(normBytes + k2) << 2));
        const n3 = v128.load32_splat(norms + (<usize>load<u8>(normBytes + k3) << 2));
        let s0: usize, s1: usize, s2: usize, s3: usize;
        if (wideCodes) {
          s0 = <usize>load<u32>(codes + (k0 << 2)); s1 = <usize>load<u32>(codes + (k1 << 2));
          s2 = <usize>load<u32>(codes + (k2 << 2)); s3 = <usize>load<u32>(codes + (k3 << 2));
        } else {
          s0 = <usize>load<u16>(codes + (k0 << 1)); s1 = <usize>load<u16>(codes + (k1 << 1));
          s2 = <usize>load<u16>(codes + (k2 << 1)); s3 = <usize>load<u16>(codes + (k3 << 1));
        }
        s0 = scores + s0 * stride; s1 = scores + s1 * stride; s2 = scores + s2 * stride; s3 = scores + s3 * stride;
        let q = qT;
        for (let b: usize = 0; b < stride; b += 32) {
          let a0 = i32x4.splat(0), a1 = i32x4.splat(0), b0 = i32x4.splat(0), b1 = i32x4.splat(0);
          let c0 = i32x4.splat(0), c1 = i32x4.splat(0), d0 = i32x4.splat(0), d1 = i32x4.splat(0);
          for (let d: usize = 0; d < tokenBytes; d += 4) {
            const q0 = v128.load(q), q1 = v128.load(q, 16);
            q += 32;
            let w = v128.load32_splat(t0 + d);
            a0 = dotStep(q0, w, a0); a1 = dotStep(q1, w, a1);
            w = v128.load32_splat(t1 + d);
            b0 = dotStep(q0, w, b0); b1 = dotStep(q1, w, b1);
            w = v128.load32_splat(t2 + d);
            c0 = dotStep(q0, w, c0); c1 = dotStep(q1, w, c1);
            w = v128.load32_splat(t3 + d);
            d0 = dotStep(q0, w, d0); d1 = dotStep(q1, w, d1);
          }
          const o0 = v128.load(offsets + b), o1 = v128.load(offsets + b, 16);
          let m0 = v128.load(maxima + b), m1 = v128.load(maxima + b, 16);
          m0 = f32x4.max(m0, finish(a0, scaleV, o0, v128.load(s0 + b), n0));
          m1 = f32x4.max(m1, finish(a1, scaleV, o1, v128.load(s0 + b, 16), n0));
          m0 = f32x4.max(m0, finish(b0, scaleV, o0, v128.load(s1 + b), n1));
          m1 = f32x4.max(m1, finish(b1, scaleV, o1, v128.load(s1 + b, 16), n1));
          m0 = f32x4.max(m0, finish(c0, scaleV, o0, v128.load(s2 + b), n2));
          m1 = f32x4.max(m1, finish(c1, scaleV, o1, v128.load(s2 + b, 16), n2));
          m0 = f32x4.max(m0, finish(d0, scaleV, o0, v128.load(s3 + b), n3));
          m1 = f32x4.max(m1, finish(d1, scaleV, o1, v128.load(s3 + b, 16), n3));
          v128.store(maxima + b, m0); v128.store(maxima + b, m1, 16);
        }
      }
    }
  }
}

/**
 * As `fine`, but summed over query tokens, and for each only the two document tokens with the best q.c (by the int8 rows
 * of `approximate`) are scored: a much better estimate than `approximate` at an eighth of the cost of `fine`.
 *   rows     32 int8 a centroid, q.c in steps of 1/127
 *   queries  [nQuery][dim] int8 (relaxed) or int16 (plain)
 *   scratch  1,024 bytes.  out: f32 a unit, added to
 */
export function refine(
  units: usize, n: i32, docTable: usize, wideCodes: i32, dim: i32,
  rows: usize, queries: usize, nQuery: i32, table: usize, scale: f32, offsets: usize, norms: usize, scratch: usize,
  out: usize,
): void {
  const tab = v128.load(table);
  const residualBytes = <usize>dim >>> 1;
  const queryBytes = ASC_FEATURE_RELAXED_SIMD ? <usize>dim : <usize>dim << 1;
  const picks = scratch + 64;
  for (let i = 0; i < n; i++) {
    // Per query token: the best two scores so far, and which tokens of the current run they are.
    let m1a = i8x16.splat(-128), m1b = i8x16.splat(-128), m2a = i8x16.splat(-128), m2b = i8x16.splat(-128);
    for (let k: usize = 0; k < <usize>nQuery; k++) v128.store(picks + (k << 4), i64x2.splat(0));
    for (let part: usize = 0; part < 8; part += 4) {
      const doc = load<i32>(units + (<usize>i << 3) + part);
      if (doc < 0) continue;
      const entry = docTable + (<usize>doc << 4);
      const codes = <usize>load<u32>(entry);
      const nTokens = <usize>load<u32>(entry, 4);
      // Runs of at most 254 tokens, so that a token's place fits a byte beside two marks for what was there before.
      for (let start: usize = 0; start < nTokens; start += RUN_TOKENS) {
        let i1a = i8x16.splat(-2), i1b = i8x16.splat(-2), i2a = i8x16.splat(-1), i2b = i8x16.splat(-1);
        const end = min(nTokens, start + RUN_TOKENS);
        for (let t = start; t < end; t++) {
          const code = wideCodes ? <usize>load<u32>(codes + (t << 2)) : <usize>load<u16>(codes + (t << 1));
          const r = rows + (code << 5);
          const place = i8x16.splat(<i8>(t - start));
          const xa = v128.load(r), xb = v128.load(r, 16);
          let g1 = i8x16.gt_s(xa, m1a), g2 = i8x16.gt_s(xa, m2a);
          m2a = v128.bitselect(m1a, v128.bitselect(xa, m2a, g2), g1);
          i2a = v128.bitselect(i1a, v128.bitselect(place, i2a, g2), g1);
          m1a = v128.bitselect(xa, m1a, g1);
          i1a = v128.bitselect(place, i1a, g1);
          g1 = i8x16.gt_s(xb, m1b), g2 = i8x16.gt_s(xb, m2b);
          m2b = v128.bitselect(m1b, v128.bitselect(xb, m2b, g2), g1);
          i2b = v128.bitselect(i1b, v128.bitselect(place, i2b, g2), g1);
          m1b = v128.bitselect(xb, m1b, g1);
          i1b = v128.bitselect(place, i1b, g1);
        }
        v128.store(scratch, i1a); v128.store(scratch, i1b, 16);
        v128.store(scratch, i2a, 32); v128.store(scratch, i2b, 48);
        for (let q: usize = 0; q < <usize>nQuery; q++) {
          // A pick is {doc table entry u32, token u32}.
          const first = <usize>load<u8>(scratch + q), second = <usize>load<u8>(scratch + q, 32);
          const pick = picks + (q << 4);
          const before = load<u64>(pick);
          const here = <u64>entry;
          if (second != 255) store<u64>(pick, second == 254 ? before : here | (<u64>(start + second) << 32), 8);
          if (first != 254) store<u64>(pick, here | (<u64>(start + first) << 32));
        }
      }
    }
    // The residuals lie anywhere in memory: touching all of them first lets the processor fetch many at once, where one
    // after another would wait for each.
    let touched: u32 = 0;
    for (let k: usize = 0; k < (<usize>nQuery << 4); k += 8) {
      const entry = <usize>load<u32>(picks + k);
      if (!entry) continue;
      const p = <usize>load<u32>(entry, 8) + <usize>load<u32>(picks + k, 4) * residualBytes;
      touched += load<u8>(p);
      touched += load<u8>(p + residualBytes - 1);
    }
    store<u32>(scratch, touched);
    v128.store(scratch, m1a); v128.store(scratch, m1b, 16);
    v128.store(scratch, m2a, 32); v128.store(scratch, m2b, 48);
    let total: f32 = 0;
    for (let q: usize = 0; q < <usize>nQuery; q++) {
      let best: f32 = -1e9;
      for (let k: usize = 0; k < 2; k++) {
        const pick = picks + (q << 4) + (k << 3);
        const entry = <usize>load<u32>(pick);
        if (!entry) continue;
        const t = <usize>load<u32>(pick, 4);
        const dot = dotCodes(queries + q * queryBytes, <usize>load<u32>(entry, 8) + t * residualBytes, dim, tab);
        const norm = load<f32>(norms + (<usize>load<u8>(<usize>load<u32>(entry, 12) + t) << 2));
        const centroid = <f32>load<i8>(scratch + (k << 5) + q) * (1.0 / 127.0);
        best = max(best, (<f32>dot * scale + load<f32>(offsets + (q << 2)) + centroid) * norm);
      }
      total += best;
    }
    const at = out + (<usize>i << 2);
    store<f32>(at, load<f32>(at) + total);
  }
}

const RUN_TOKENS: usize = 254;

// Sum of q . weights of one token straight from its codes; q int8 (relaxed) or int16 (plain).
// @ts-ignore: decorator
@inline
function dotCodes(q: usize, codes: usize, dim: i32, table: v128): i32 {
  const mask = i8x16.splat(15);
  let a = i32x4.splat(0), b = i32x4.splat(0);
  let p = codes;
  let x = q;
  const whole = dim >>> 5;
  for (let i = 0; i < whole; i++) {
    const c = v128.load(p);
    const lo = i8x16.swizzle(table, v128.and(c, mask));
    const hi = i8x16.swizzle(table, i8x16.shr_u(c, 4));
    p += 16;
    if (ASC_FEATURE_RELAXED_SIMD) {
      a = dotStep(v128.load(x), lo, a);
      b = dotStep(v128.load(x, 16), hi, b);
      x += 32;
    } else {
      a = dotStep(v128.load(x), i16x8.extend_low_i8x16_s(lo), a);
      b = dotStep(v128.load(x, 16), i16x8.extend_high_i8x16_s(lo), b);
      a = dotStep(v128.load(x, 32), i16x8.extend_low_i8x16_s(hi), a);
      b = dotStep(v128.load(x, 48), i16x8.extend_high_i8x16_s(hi), b);
      x += 64;
    }
  }
  if (dim & 31) {
    const c = v128.load64_zero(p);
    const lo = i8x16.swizzle(table, v128.and(c, mask));
    const hi = i8x16.swizzle(table, i8x16.shr_u(c, 4));
    const both = i8x16.shuffle(lo, hi, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    if (ASC_FEATURE_RELAXED_SIMD) {
      a = dotStep(v128.load(x), both, a);
    } else {
      a = dotStep(v128.load(x), i16x8.extend_low_i8x16_s(both), a);
      b = dotStep(v128.load(x, 16), i16x8.extend_high_i8x16_s(both), b);
    }
  }
  a = i32x4.add(a, b);
  a = i32x4.add(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1);
}

/** Scores f32 [n][stride] as rows of 32 int8 in steps of 1/127, zeros past the stride. stride: a multiple of 8. */
export function scoreRows(scores: usize, n: i32, stride: i32, rows: usize): void {
  const unit = f32x4.splat(127);
  let s = scores;
  let r = rows;
  for (let i = 0; i < n; i++) {
    v128.store(r, i64x2.splat(0));
    v128.store(r, i64x2.splat(0), 16);
    for (let k = 0; k < stride; k += 8) {
      const low = i32x4.trunc_sat_f32x4_s(f32x4.mul(v128.load(s), unit));
      const high = i32x4.trunc_sat_f32x4_s(f32x4.mul(v128.load(s, 16), unit));
      const words = i16x8.narrow_i32x4_s(low, high);
      v128.store64_lane(r + k, i8x16.narrow_i16x8_s(words, words), 0);
      s += 32;
    }
    r += 32;
  }
}

/**
 * out[i][8b + j] = scale * rows[i] . x[8b + j] + offsets[8b + j], for n rows (a multiple of 4).
 * rows: u7 [n][dim] (zero at 64);  xT: int8 [block][dim/4][8][4] (relaxed) or int16 [block][dim/2][8][2] (plain; rows
 * are widened to 4 rows of int16 in scratch).
 */
export function dotBlocks(
  rows: usize, n: i32, dim: i32, xT: usize, nBlocks: i32, scale: f32, offsets: usize, scratch: usize, out: usize,
): void {
  const scaleV = f32x4.splat(scale);
  const stride = <usize>nBlocks << 5;
  const rowBytes = ASC_FEATURE_RELAXED_SIMD ? <usize>dim : <usize>dim << 1;
  for (let i = 0; i < n; i += 4) {
    let t0 = rows + <usize>i * <usize>dim;
    if (!ASC_FEATURE_RELAXED_SIMD) {
      for (let k: usize = 0; k < (<usize>dim << 2); k += 16) {
        const c = v128.load(t0 + k);
        v128.store(scratch + (k << 1), i16x8.extend_low_i8x16_s(c));
        v128.store(scratch + (k << 1), i16x8.extend_high_i8x16_s(c), 16);
      }
      t0 = scratch;
    }
    const t1 = t0 + rowBytes, t2 = t1 + rowBytes, t3 = t2 + rowBytes;
    let q = xT;
    let o = out + <usize>i * stride;
    for (let b: usize = 0; b < stride; b += 32) {
      let a0 = i32x4.splat(0), a1 = i32x4.splat(0), b0 = i32x4.splat(0), b1 = i32x4.splat(0);
      let c0 = i32x4.splat(0), c1 = i32x4.splat(0), d0 = i32x4.splat(0), d1 = i32x4.splat(0);
      for (let d: usize = 0; d < rowBytes; d += 4) {
        const q0 = v128.load(q), q1 = v128.load(q, 16);
        q += 32;
        let w = v128.load32_splat(t0 + d);
        a0 = dotStep(q0, w, a0); a1 = dotStep(q1, w, a1);
        w = v128.load32_splat(t1 + d);
        b0 = dotStep(q0, w, b0); b1 = dotStep(q1, w, b1);
        w = v128.load32_splat(t2 + d);
        c0 = dotStep(q0, w, c0); c1 = dotStep(q1, w, c1);
        w = v128.load32_splat(t3 + d);
        d0 = dotStep(q0, w, d0); d1 = dotStep(q1, w, d1);
      }
      const o0 = v128.load(offsets + b), o1 = v128.load(offsets + b, 16);
      let p = o + b;
      v128.store(p, madd(f32x4.convert_i32x4_s(a0), scaleV, o0)); v128.store(p, madd(f32x4.convert_i32x4_s(a1), scaleV, o1), 16);
      p += stride;
      v128.store(p, madd(f32x4.convert_i32x4_s(b0), scaleV, o0)); v128.store(p, madd(f32x4.convert_i32x4_s(b1), scaleV, o1), 16);
      p += stride;
      v128.store(p, madd(f32x4.convert_i32x4_s(c0), scaleV, o0)); v128.store(p, madd(f32x4.convert_i32x4_s(c1), scaleV, o1), 16);
      p += stride;
      v128.store(p, madd(f32x4.convert_i32x4_s(d0), scaleV, o0)); v128.store(p, madd(f32x4.convert_i32x4_s(d1), scaleV, o1), 16);
    }
  }
}

/**
 * The n best rows of each column of scores (f32 [nRows][8 * nBlocks]): marks them in `marked` (a byte a row).
 * heap: for each of nQuery columns n pairs {f32 score, i32 row}, worked in place; thresholds: f32 [8 * nBlocks].
 */
export function probe(
  scores: usize, nRows: i32, nBlocks: i32, nQuery: i32, n: i32, thresholds: usize, heap: usize, marked: usize,
): void {
  const stride = <usize>nBlocks << 5;
  const column = <usize>n << 3;
  for (let k: usize = 0; k < stride; k += 4) {
    // Columns past the query never let a row in.
    store<f32>(thresholds + k, (k >>> 2) < <usize>nQuery ? -f32.MAX_VALUE : f32.MAX_VALUE);
  }
  for (let q: usize = 0; q < <usize>nQuery; q++) {
    for (let j: usize = 0; j < <usize>n; j++) {
      store<f32>(heap + q * column + (j << 3), -f32.MAX_VALUE);
      store<i32>(heap + q * column + (j << 3), -1, 4);
    }
  }
  for (let row = 0; row < nRows; row++) {
    const s = scores + <usize>row * stride;
    for (let b = 0; b < nBlocks; b++) {
      const k = <usize>b << 5;
      const low = i32x4.bitmask(f32x4.gt(v128.load(s + k), v128.load(thresholds + k)));
      const high = i32x4.bitmask(f32x4.gt(v128.load(s + k, 16), v128.load(thresholds + k, 16)));
      let mask = <u32>(low | (high << 4));
      while (mask) {
        const q = (<usize>b << 3) + <usize>ctz(mask);
        mask &= mask - 1;
        const value = load<f32>(s + (q << 2));
        // Insertion into a list that ascends: the weakest stands first and gives the threshold.
        const list = heap + q * column;
        let j: usize = 0;
        while (j + 1 < <usize>n && load<f32>(list + ((j + 1) << 3)) < value) {
          store<u64>(list + (j << 3), load<u64>(list + ((j + 1) << 3)));
          j++;
        }
        store<f32>(list + (j << 3), value);
        store<i32>(list + (j << 3), row, 4);
        store<f32>(thresholds + (q << 2), load<f32>(list));
      }
    }
  }
  for (let q: usize = 0; q < <usize>nQuery; q++) {
    for (let j: usize = 0; j < <usize>n; j++) {
      const row = load<i32>(heap + q * column + (j << 3), 4);
      if (row >= 0) store<u8>(marked + <usize>row, 1);
    }
  }
}
