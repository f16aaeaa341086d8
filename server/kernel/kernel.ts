// The scoring kernels, in AssemblyScript. Compiled twice: plain SIMD, and relaxed SIMD (FMA and int8 dot products).
// Nothing is allocated here: every pointer comes from the caller, which owns the memory. Layouts are those of
// server/src/index/plaid/kernel.ts; server/src/index/plaid/kernelTwin.ts is the same in plain TypeScript.

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/**
 * out[i][8b + j] = rows[i] . x[8b + j]   for n rows (a multiple of 4) and nBlocks blocks of 8 vectors.
 * xT: [block][dim][8] f32. out: row-major f32, outStride floats a row.
 */
export function dotBlocks(rows: usize, n: i32, dim: i32, xT: usize, nBlocks: i32, out: usize, outStride: i32): void {
  const rowBytes = <usize>dim << 2;
  const outBytes = <usize>outStride << 2;
  for (let i = 0; i < n; i += 4) {
    const r0 = rows + <usize>i * rowBytes;
    const r1 = r0 + rowBytes;
    const r2 = r1 + rowBytes;
    const r3 = r2 + rowBytes;
    const o = out + <usize>i * outBytes;
    for (let b = 0; b < nBlocks; b++) {
      let x = xT + <usize>b * (rowBytes << 3);
      let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0);
      let c0 = f32x4.splat(0), c1 = f32x4.splat(0), d0 = f32x4.splat(0), d1 = f32x4.splat(0);
      for (let d: usize = 0; d < rowBytes; d += 4) {
        const x0 = v128.load(x), x1 = v128.load(x, 16);
        x += 32;
        let s = v128.load32_splat(r0 + d);
        a0 = madd(s, x0, a0); a1 = madd(s, x1, a1);
        s = v128.load32_splat(r1 + d);
        b0 = madd(s, x0, b0); b1 = madd(s, x1, b1);
        s = v128.load32_splat(r2 + d);
        c0 = madd(s, x0, c0); c1 = madd(s, x1, c1);
        s = v128.load32_splat(r3 + d);
        d0 = madd(s, x0, d0); d1 = madd(s, x1, d1);
      }
      let p = o + (<usize>b << 5);
      v128.store(p, a0); v128.store(p, a1, 16);
      p += outBytes;
      v128.store(p, b0); v128.store(p, b1, 16);
      p += outBytes;
      v128.store(p, c0); v128.store(p, c1, 16);
      p += outBytes;
      v128.store(p, d0); v128.store(p, d1, 16);
    }
  }
}

/**
 * For 8 vectors x (xT: [dim][8] f32): the row of [from, to) with the greatest dot product, where it beats best[j].
 * best: 8 f32, bestRow: 8 i32, both in and out. Ties keep the lower row.
 */
export function assign8(rows: usize, from: i32, to: i32, dim: i32, xT: usize, best: usize, bestRow: usize): void {
  const rowBytes = <usize>dim << 2;
  let m0 = v128.load(best), m1 = v128.load(best, 16);
  let w0 = v128.load(bestRow), w1 = v128.load(bestRow, 16);
  const last = to - 1;
  for (let i = from; i < to; i += 4) {
    // Past the end the last row stands in again: a maximum does not mind.
    const i1 = min(i + 1, last), i2 = min(i + 2, last), i3 = min(i + 3, last);
    const r0 = rows + <usize>i * rowBytes, r1 = rows + <usize>i1 * rowBytes;
    const r2 = rows + <usize>i2 * rowBytes, r3 = rows + <usize>i3 * rowBytes;
    let x = xT;
    let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0);
    let c0 = f32x4.splat(0), c1 = f32x4.splat(0), d0 = f32x4.splat(0), d1 = f32x4.splat(0);
    for (let d: usize = 0; d < rowBytes; d += 4) {
      const x0 = v128.load(x), x1 = v128.load(x, 16);
      x += 32;
      let s = v128.load32_splat(r0 + d);
      a0 = madd(s, x0, a0); a1 = madd(s, x1, a1);
      s = v128.load32_splat(r1 + d);
      b0 = madd(s, x0, b0); b1 = madd(s, x1, b1);
      s = v128.load32_splat(r2 + d);
      c0 = madd(s, x0, c0); c1 = madd(s, x1, c1);
      s = v128.load32_splat(r3 + d);
      d0 = madd(s, x0, d0); d1 = madd(s, x1, d1);
    }
    let g = f32x4.gt(a0, m0); m0 = v128.bitselect(a0, m0, g); w0 = v128.bitselect(i32x4.splat(i), w0, g);
    g = f32x4.gt(a1, m1); m1 = v128.bitselect(a1, m1, g); w1 = v128.bitselect(i32x4.splat(i), w1, g);
    g = f32x4.gt(b0, m0); m0 = v128.bitselect(b0, m0, g); w0 = v128.bitselect(i32x4.splat(i1), w0, g);
    g = f32x4.gt(b1, m1); m1 = v128.bitselect(b1, m1, g); w1 = v128.bitselect(i32x4.splat(i1), w1, g);
    g = f32x4.gt(c0, m0); m0 = v128.bitselect(c0, m0, g); w0 = v128.bitselect(i32x4.splat(i2), w0, g);
    g = f32x4.gt(c1, m1); m1 = v128.bitselect(c1, m1, g); w1 = v128.bitselect(i32x4.splat(i2), w1, g);
    g = f32x4.gt(d0, m0); m0 = v128.bitselect(d0, m0, g); w0 = v128.bitselect(i32x4.splat(i3), w0, g);
    g = f32x4.gt(d1, m1); m1 = v128.bitselect(d1, m1, g); w1 = v128.bitselect(i32x4.splat(i3), w1, g);
  }
  v128.store(best, m0); v128.store(best, m1, 16);
  v128.store(bestRow, w0); v128.store(bestRow, w1, 16);
}

/**
 * Gathers 8 rows of x (row-major, dim f32) into xT [dim][8]. index: 8 row numbers.
 */
export function gather8(x: usize, index: usize, dim: i32, xT: usize): void {
  const rowBytes = <usize>dim << 2;
  for (let j: usize = 0; j < 8; j++) {
    let p = x + <usize>load<u32>(index + (j << 2)) * rowBytes;
    const end = p + rowBytes;
    let o = xT + (j << 2);
    for (; p < end; p += 4) {
      store<f32>(o, load<f32>(p));
      o += 32;
    }
  }
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

// Sum of q . w over one token: q int8 (relaxed) or int16 (plain), w as decode4 wrote it.
// @ts-ignore: decorator
@inline
function dotToken(q: usize, w: usize, nBytes: usize): i32 {
  let a = i32x4.splat(0), b = i32x4.splat(0);
  for (let d: usize = 0; d < nBytes; d += 32) {
    a = dotStep(v128.load(q + d), v128.load(w + d), a);
    b = dotStep(v128.load(q + d, 16), v128.load(w + d, 16), b);
  }
  a = i32x4.add(a, b);
  a = i32x4.add(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1);
}

// One step of the dot products: relaxed, 4 dimensions of int8 at once; plain, 2 dimensions of int16.
// @ts-ignore: decorator
@inline
function dotStep(q: v128, w: v128, acc: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_dot_i8x16_i7x16_add_s(q, w, acc);
  return i32x4.add(i32x4.dot_i16x8_s(q, w), acc);
}

// @ts-ignore: decorator
@inline
function finish(acc: v128, scale: v128, offset: v128, centroid: v128, norm: v128): v128 {
  return f32x4.mul(f32x4.add(madd(f32x4.convert_i32x4_s(acc), scale, offset), centroid), norm);
}

/**
 * Fine scores straight from 4-bit codes, without decompression: q.(c + r) = q.c + sum of q_d * weight[code_d], times
 * the token's inverse norm; the maximum over tokens, summed over query tokens.
 *   scores   f32 [K][stride]: q.c from dotBlocks; stride = 8 * nBlocks
 *   qT       int8 [block][dim/4][8][4] (relaxed) or int16 [block][dim/2][8][2] (plain)
 *   table    16 weights 0..127 (int8, true weight = (w - 64) * step), scale: q step * weight step
 *   offsets  f32 [stride]: -64 * sum of q8 * scale;  norms: f32 [256] by the token's norm byte
 *   scratch  4 tokens of dim int16;  maxima: f32 [stride].  out: f32 a unit, added to
 */
export function fine(
  units: usize, n: i32, docTable: usize, wideCodes: i32, dim: i32,
  scores: usize, qT: usize, nBlocks: i32, table: usize, scale: f32, offsets: usize, norms: usize,
  scratch: usize, maxima: usize, out: usize,
): void {
  const tab = v128.load(table);
  const scaleV = f32x4.splat(scale);
  const residualBytes = <usize>dim >>> 1;
  const tokenBytes = ASC_FEATURE_RELAXED_SIMD ? <usize>dim : <usize>dim << 1;
  const blockBytes = ASC_FEATURE_RELAXED_SIMD ? <usize>dim << 3 : <usize>dim << 4;
  const stride = <usize>nBlocks << 5;
  const t0 = scratch, t1 = t0 + tokenBytes, t2 = t1 + tokenBytes, t3 = t2 + tokenBytes;
  for (let i = 0; i < n; i++) {
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
    let total: f32 = 0;
    for (let k: usize = 0; k < stride; k += 4) total += load<f32>(maxima + k);
    const at = out + (<usize>i << 2);
    store<f32>(at, load<f32>(at) + total);
  }
}

/**
 * As `fine`, but only pairs of query token and document token whose q.c comes within `margin` of the unit's best q.c are
 * scored. With a small margin that is hardly more than one pair a query token: a much better estimate than `approximate`
 * at a fraction of the cost of `fine`. It needs the queries by row:
 *   queries  [nQuery][dim] int8 (relaxed) or int16 (plain);  scratch: one token;  maxima: f32 [2 * stride]
 */
export function refine(
  units: usize, n: i32, docTable: usize, wideCodes: i32, dim: i32,
  scores: usize, queries: usize, nBlocks: i32, nQuery: i32, table: usize, scale: f32, offsets: usize, norms: usize,
  margin: f32, scratch: usize, maxima: usize, out: usize,
): void {
  const tab = v128.load(table);
  const marginV = f32x4.splat(margin);
  const residualBytes = <usize>dim >>> 1;
  const tokenBytes = ASC_FEATURE_RELAXED_SIMD ? <usize>dim : <usize>dim << 1;
  const stride = <usize>nBlocks << 5;
  const bars = maxima + stride;
  for (let i = 0; i < n; i++) {
    for (let k: usize = 0; k < stride; k += 16) {
      v128.store(maxima + k, f32x4.splat(-1e9));
      v128.store(bars + k, f32x4.splat(-1e9));
    }
    // The best q.c of each query token over the unit's tokens.
    for (let part: usize = 0; part < 8; part += 4) {
      const doc = load<i32>(units + (<usize>i << 3) + part);
      if (doc < 0) continue;
      const entry = docTable + (<usize>doc << 4);
      const codes = <usize>load<u32>(entry);
      const nTokens = <usize>load<u32>(entry, 4);
      for (let t: usize = 0; t < nTokens; t++) {
        const s = scores + (wideCodes ? <usize>load<u32>(codes + (t << 2)) : <usize>load<u16>(codes + (t << 1))) * stride;
        for (let k: usize = 0; k < stride; k += 32) {
          v128.store(bars + k, f32x4.max(v128.load(bars + k), v128.load(s + k)));
          v128.store(bars + k, f32x4.max(v128.load(bars + k, 16), v128.load(s + k, 16)), 16);
        }
      }
    }
    for (let k: usize = 0; k < stride; k += 16) v128.store(bars + k, f32x4.sub(v128.load(bars + k), marginV));
    for (let part: usize = 0; part < 8; part += 4) {
      const doc = load<i32>(units + (<usize>i << 3) + part);
      if (doc < 0) continue;
      const entry = docTable + (<usize>doc << 4);
      const codes = <usize>load<u32>(entry);
      const nTokens = <usize>load<u32>(entry, 4);
      const residuals = <usize>load<u32>(entry, 8);
      const normBytes = <usize>load<u32>(entry, 12);
      for (let t: usize = 0; t < nTokens; t++) {
        const s = scores + (wideCodes ? <usize>load<u32>(codes + (t << 2)) : <usize>load<u16>(codes + (t << 1))) * stride;
        let mask: u32 = 0;
        for (let b = 0; b < nBlocks; b++) {
          const k = <usize>b << 5;
          const low = i32x4.bitmask(f32x4.ge(v128.load(s + k), v128.load(bars + k)));
          const high = i32x4.bitmask(f32x4.ge(v128.load(s + k, 16), v128.load(bars + k, 16)));
          mask |= <u32>(low | (high << 4)) << (b << 3);
        }
        if (nQuery < 32) mask &= (1 << nQuery) - 1;
        if (!mask) continue;
        decode4(residuals + t * residualBytes, dim, tab, scratch);
        const norm = load<f32>(norms + (<usize>load<u8>(normBytes + t) << 2));
        do {
          const q = <usize>ctz(mask);
          mask &= mask - 1;
          const dot = dotToken(queries + q * tokenBytes, scratch, tokenBytes);
          const score = (<f32>dot * scale + load<f32>(offsets + (q << 2)) + load<f32>(s + (q << 2))) * norm;
          const at = maxima + (q << 2);
          if (score > load<f32>(at)) store<f32>(at, score);
        } while (mask);
      }
    }
    let total: f32 = 0;
    for (let q: usize = 0; q < <usize>nQuery; q++) total += load<f32>(maxima + (q << 2));
    const at = out + (<usize>i << 2);
    store<f32>(at, load<f32>(at) + total);
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
