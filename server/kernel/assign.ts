// What building an index takes: the nearest centroid of every token, and its residual. `kernel.ts` says what holds for
// all kernels.
import { dotStep } from "./dotStep";

/**
 * codes[i] = the centroid with the greatest dot product with row i, among those of the nProbes groups whose centres have
 * the greatest; of equal ones the first. One group needs no centres.
 *   rows       f32 [n][dim], dim a multiple of 16
 *   centres, centroids: 0..127, zero at 64, as int8 (relaxed) or int16 (plain). The offset adds the same to all products
 *              of a row, and so does its own scale: their order is right.
 *   offsets    u32 [nGroups + 1]: group g owns centroids [offsets[g], offsets[g + 1])
 *   scratch    n * (dim * 2 + nProbes * 8 + 4) + dim * 16 + nProbes * 64 + nGroups * 4 + 64 bytes
 */
export function assign(
  rows: usize, n: i32, dim: i32, centres: usize, nGroups: i32, nProbes: i32, centroids: usize, offsets: usize,
  scratch: usize, codes: usize,
): void {
  const rowBytes = ASC_FEATURE_RELAXED_SIMD ? <usize>dim : <usize>dim << 1;
  const top = scratch;
  const xT = top + (<usize>nProbes << 6);
  const x = xT + (<usize>dim << 4);
  const best = x + <usize>n * (<usize>dim << 1);
  const nearest = best + (<usize>n << 2);
  const members = nearest + (<usize>(n * nProbes) << 2);
  const starts = members + (<usize>(n * nProbes) << 2);
  for (let i = 0; i < n; i++) {
    toLevels(rows + (<usize>(i * dim) << 2), dim, x + <usize>i * rowBytes);
    store<i32>(best + (<usize>i << 2), i32.MIN_VALUE);
  }
  const wanted = nGroups == 1 ? 1 : nProbes;
  if (nGroups == 1) memory.fill(nearest, 0, <usize>n << 2);
  else {
    for (let i = 0; i < n; i += 8) nearestGroups(x, i, n, rowBytes, centres, nGroups, nProbes, xT, top, nearest);
  }

  // Rows by group (counting sort), so that eight rows at a time meet the same centroids.
  const nMembers = n * wanted;
  memory.fill(starts, 0, <usize>(nGroups + 2) << 2);
  for (let i = 0; i < nMembers; i++) {
    const at = starts + (<usize>load<u32>(nearest + (<usize>i << 2)) << 2);
    store<u32>(at, load<u32>(at, 8) + 1, 8);
  }
  for (let g = 1; g <= nGroups; g++) {
    const at = starts + (<usize>g << 2);
    store<u32>(at, load<u32>(at) + load<u32>(at, 4), 4);
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < wanted; k++) {
      const at = starts + (<usize>load<u32>(nearest + (<usize>(i * wanted + k) << 2)) << 2);
      const to = load<u32>(at, 4);
      store<u32>(at, to + 1, 4);
      store<u32>(members + (<usize>to << 2), i);
    }
  }
  for (let g = 0; g < nGroups; g++) {
    const first = load<i32>(offsets + (<usize>g << 2)), last = load<i32>(offsets + (<usize>g << 2), 4);
    const end = load<i32>(starts + (<usize>g << 2), 4);
    if (first == last) continue;
    for (let at = load<i32>(starts + (<usize>g << 2)); at < end; at += 8) {
      scanGroup(x, members, at, min(at + 8, end), rowBytes, centroids, first, last, xT, best, codes);
    }
  }
}

// The best of centroids [first, last) for the up to eight rows members[from, to).
function scanGroup(
  x: usize, members: usize, from: i32, to: i32, rowBytes: usize, centroids: usize, first: i32, last: i32, xT: usize,
  best: usize, codes: usize,
): void {
  // Past the end the last row stands in again.
  for (let j = 0; j < 8; j++) {
    const row = <usize>load<u32>(members + (<usize>min(from + j, to - 1) << 2));
    gather(x + row * rowBytes, rowBytes, xT + (<usize>j << 2));
  }
  let m0 = i32x4.splat(i32.MIN_VALUE), m1 = m0, w0 = i32x4.splat(0), w1 = w0;
  const end = last - 1;
  for (let i = first; i < last; i += 4) {
    // Past the end the last centroid stands in again: a maximum does not mind.
    const i1 = min(i + 1, end), i2 = min(i + 2, end), i3 = min(i + 3, end);
    const r0 = centroids + <usize>i * rowBytes, r1 = centroids + <usize>i1 * rowBytes;
    const r2 = centroids + <usize>i2 * rowBytes, r3 = centroids + <usize>i3 * rowBytes;
    let p = xT;
    let a0 = i32x4.splat(0), a1 = i32x4.splat(0), b0 = i32x4.splat(0), b1 = i32x4.splat(0);
    let c0 = i32x4.splat(0), c1 = i32x4.splat(0), d0 = i32x4.splat(0), d1 = i32x4.splat(0);
    for (let d: usize = 0; d < rowBytes; d += 4) {
      const x0 = v128.load(p), x1 = v128.load(p, 16);
      p += 32;
      let s = v128.load32_splat(r0 + d);
      a0 = dotStep(x0, s, a0); a1 = dotStep(x1, s, a1);
      s = v128.load32_splat(r1 + d);
      b0 = dotStep(x0, s, b0); b1 = dotStep(x1, s, b1);
      s = v128.load32_splat(r2 + d);
      c0 = dotStep(x0, s, c0); c1 = dotStep(x1, s, c1);
      s = v128.load32_splat(r3 + d);
      d0 = dotStep(x0, s, d0); d1 = dotStep(x1, s, d1);
    }
    let g = i32x4.gt_s(a0, m0); m0 = v128.bitselect(a0, m0, g); w0 = v128.bitselect(i32x4.splat(i), w0, g);
    g = i32x4.gt_s(a1, m1); m1 = v128.bitselect(a1, m1, g); w1 = v128.bitselect(i32x4.splat(i), w1, g);
    g = i32x4.gt_s(b0, m0); m0 = v128.bitselect(b0, m0, g); w0 = v128.bitselect(i32x4.splat(i1), w0, g);
    g = i32x4.gt_s(b1, m1); m1 = v128.bitselect(b1, m1, g); w1 = v128.bitselect(i32x4.splat(i1), w1, g);
    g = i32x4.gt_s(c0, m0); m0 = v128.bitselect(c0, m0, g); w0 = v128.bitselect(i32x4.splat(i2), w0, g);
    g = i32x4.gt_s(c1, m1); m1 = v128.bitselect(c1, m1, g); w1 = v128.bitselect(i32x4.splat(i2), w1, g);
    g = i32x4.gt_s(d0, m0); m0 = v128.bitselect(d0, m0, g); w0 = v128.bitselect(i32x4.splat(i3), w0, g);
    g = i32x4.gt_s(d1, m1); m1 = v128.bitselect(d1, m1, g); w1 = v128.bitselect(i32x4.splat(i3), w1, g);
  }
  // The layout of the rows has done its work: its place holds the outcome.
  v128.store(xT, m0); v128.store(xT, m1, 16); v128.store(xT, w0, 32); v128.store(xT, w1, 48);
  for (let j = 0; j < to - from; j++) {
    const row = <usize>load<u32>(members + (<usize>(from + j) << 2)) << 2;
    const score = load<i32>(xT + (<usize>j << 2));
    if (score <= load<i32>(best + row)) continue;
    store<i32>(best + row, score);
    store<u32>(codes + row, load<u32>(xT + (<usize>j << 2), 32));
  }
}

// nearest[i][k] for rows [from, from + 8): the nProbes groups with the greatest products, the greatest first.
// top: per place 8 scores and 8 groups, i32.
function nearestGroups(
  x: usize, from: i32, n: i32, rowBytes: usize, centres: usize, nGroups: i32, nProbes: i32, xT: usize, top: usize,
  nearest: usize,
): void {
  const count = min(8, n - from);
  for (let j = 0; j < 8; j++) gather(x + <usize>(from + min(j, count - 1)) * rowBytes, rowBytes, xT + (<usize>j << 2));
  const worst = top + (<usize>(nProbes - 1) << 6);
  for (let p = top; p <= worst; p += 64) {
    v128.store(p, i32x4.splat(i32.MIN_VALUE)); v128.store(p, i32x4.splat(i32.MIN_VALUE), 16);
  }
  for (let g = 0; g < nGroups; g += 2) {
    const r0 = centres + <usize>g * rowBytes, r1 = centres + <usize>min(g + 1, nGroups - 1) * rowBytes;
    let p = xT;
    let a0 = i32x4.splat(0), a1 = i32x4.splat(0), b0 = i32x4.splat(0), b1 = i32x4.splat(0);
    for (let d: usize = 0; d < rowBytes; d += 4) {
      const x0 = v128.load(p), x1 = v128.load(p, 16);
      p += 32;
      let s = v128.load32_splat(r0 + d);
      a0 = dotStep(x0, s, a0); a1 = dotStep(x1, s, a1);
      s = v128.load32_splat(r1 + d);
      b0 = dotStep(x0, s, b0); b1 = dotStep(x1, s, b1);
    }
    rank(a0, a1, g, top, worst);
    if (g + 1 < nGroups) rank(b0, b1, g + 1, top, worst);
  }
  for (let k = 0; k < nProbes; k++) {
    for (let j = 0; j < count; j++) {
      const group = load<u32>(top + (<usize>k << 6) + (<usize>j << 2), 32);
      store<u32>(nearest + (<usize>((from + j) * nProbes + k) << 2), group);
    }
  }
}

// Puts a group in its place among the best so far of each of eight rows.
function rank(s0: v128, s1: v128, group: i32, top: usize, worst: usize): void {
  const better = v128.or(i32x4.gt_s(s0, v128.load(worst)), i32x4.gt_s(s1, v128.load(worst, 16)));
  if (!v128.any_true(better)) return;
  let g0 = i32x4.splat(group), g1 = g0;
  for (let p = top; p <= worst; p += 64) {
    const t0 = v128.load(p), t1 = v128.load(p, 16), h0 = v128.load(p, 32), h1 = v128.load(p, 48);
    const b0 = i32x4.gt_s(s0, t0), b1 = i32x4.gt_s(s1, t1);
    v128.store(p, v128.bitselect(s0, t0, b0)); v128.store(p, v128.bitselect(s1, t1, b1), 16);
    v128.store(p, v128.bitselect(g0, h0, b0), 32); v128.store(p, v128.bitselect(g1, h1, b1), 48);
    s0 = v128.bitselect(t0, s0, b0); s1 = v128.bitselect(t1, s1, b1);
    g0 = v128.bitselect(h0, g0, b0); g1 = v128.bitselect(h1, g1, b1);
  }
}

// One row's place among eight in the layout of the dot products: int8 [dim/4][8][4] or int16 [dim/2][8][2].
// @ts-ignore: decorator
@inline
function gather(row: usize, rowBytes: usize, out: usize): void {
  for (let d: usize = 0; d < rowBytes; d += 16) {
    const v = v128.load(row + d);
    v128.store32_lane(out, v, 0); v128.store32_lane(out, v, 1, 32);
    v128.store32_lane(out, v, 2, 64); v128.store32_lane(out, v, 3, 96);
    out += 128;
  }
}

// A row in steps of a 127th of its greatest value, as int8 (relaxed) or int16 (plain).
// @ts-ignore: decorator
@inline
function toLevels(row: usize, dim: i32, out: usize): void {
  let m = f32x4.splat(1e-9);
  const end = row + (<usize>dim << 2);
  for (let p = row; p < end; p += 16) m = f32x4.max(m, f32x4.abs(v128.load(p)));
  m = f32x4.max(m, i8x16.shuffle(m, m, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  m = f32x4.max(m, i8x16.shuffle(m, m, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  const s = f32x4.div(f32x4.splat(127), m);
  for (let p = row; p < end; p += 64) {
    const a = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p), s)));
    const b = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p, 16), s)));
    const c = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p, 32), s)));
    const d = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p, 48), s)));
    const low = i16x8.narrow_i32x4_s(a, b), high = i16x8.narrow_i32x4_s(c, d);
    if (ASC_FEATURE_RELAXED_SIMD) {
      v128.store(out, i8x16.narrow_i16x8_s(low, high));
      out += 16;
    } else {
      v128.store(out, low); v128.store(out, high, 16);
      out += 32;
    }
  }
}

/** sums[codes[i]] += rows[i]; all f32 [dim], dim a multiple of 4. */
export function sumRows(rows: usize, n: i32, dim: i32, codes: usize, sums: usize): void {
  const rowBytes = <usize>dim << 2;
  for (let i = 0; i < n; i++) {
    const row = rows + <usize>i * rowBytes;
    const sum = sums + <usize>load<u32>(codes + (<usize>i << 2)) * rowBytes;
    for (let d: usize = 0; d < rowBytes; d += 4 * 4) v128.store(sum + d, f32x4.add(v128.load(sum + d), v128.load(row + d)));
  }
}

/**
 * Residuals of n rows against their centroids in 4 bits a dimension (blocks as `decode4` of `kernel.ts` reads them), a
 * byte for the inverse length of centroid + residual, and the row's dot product with its centroid.
 *   rows, centroids: f32, dim a row, a multiple of 16;  codes: u32
 *   buckets    u8 [4096]: the bucket of each 4096th of -0.5..0.5;  weights: f32 [16], their values
 *   residuals  dim / 2 bytes a row;  norms: u8;  scores: f32
 */
export function quantise(
  rows: usize, n: i32, dim: i32, centroids: usize, codes: usize, buckets: usize, weights: usize, residuals: usize,
  norms: usize, scores: usize,
): void {
  const rowBytes = <usize>dim << 2;
  let out = residuals;
  for (let i = 0; i < n; i++) {
    const row = rows + <usize>i * rowBytes;
    const centroid = centroids + <usize>load<u32>(codes + (<usize>i << 2)) * rowBytes;
    let dots = f32x4.splat(0), squares = f32x4.splat(0);
    for (let base: usize = 0; base < rowBytes; base += 128) {
      const half = min(<usize>64, (rowBytes - base) >>> 1);
      for (let j = base; j < base + half; j += 16) {
        const x = v128.load(row + j), c = v128.load(centroid + j);
        const y = v128.load(row + j + half), e = v128.load(centroid + j + half);
        dots = f32x4.add(f32x4.add(dots, f32x4.mul(x, c)), f32x4.mul(y, e));
        const low = places(x, c), high = places(y, e);
        const a0 = <u32>load<u8>(buckets + i32x4.extract_lane(low, 0)), b0 = <u32>load<u8>(buckets + i32x4.extract_lane(high, 0));
        const a1 = <u32>load<u8>(buckets + i32x4.extract_lane(low, 1)), b1 = <u32>load<u8>(buckets + i32x4.extract_lane(high, 1));
        const a2 = <u32>load<u8>(buckets + i32x4.extract_lane(low, 2)), b2 = <u32>load<u8>(buckets + i32x4.extract_lane(high, 2));
        const a3 = <u32>load<u8>(buckets + i32x4.extract_lane(low, 3)), b3 = <u32>load<u8>(buckets + i32x4.extract_lane(high, 3));
        store<u32>(out, (a0 | (b0 << 4)) | ((a1 | (b1 << 4)) << 8) | ((a2 | (b2 << 4)) << 16) | ((a3 | (b3 << 4)) << 24));
        out += 4;
        const v = f32x4.add(c, values(weights, a0, a1, a2, a3)), w = f32x4.add(e, values(weights, b0, b1, b2, b3));
        squares = f32x4.add(f32x4.add(squares, f32x4.mul(v, v)), f32x4.mul(w, w));
      }
    }
    const length = sqrt<f32>(total(squares));
    const norm = floor<f32>((1 / max<f32>(length, 1e-6) - 0.5) * 255 + 0.5);
    store<u8>(norms + i, <u8>max<f32>(0, min<f32>(255, norm)));
    store<f32>(scores + (<usize>i << 2), total(dots));
  }
}

// @ts-ignore: decorator
@inline
function places(x: v128, c: v128): v128 {
  const at = f32x4.mul(f32x4.add(f32x4.sub(x, c), f32x4.splat(0.5)), f32x4.splat(4096));
  return i32x4.max_s(i32x4.splat(0), i32x4.min_s(i32x4.splat(4095), i32x4.trunc_sat_f32x4_s(at)));
}

// @ts-ignore: decorator
@inline
function values(table: usize, a: u32, b: u32, c: u32, d: u32): v128 {
  let v = v128.load32_zero(table + (a << 2));
  v = v128.load32_lane(table + (b << 2), v, 1);
  v = v128.load32_lane(table + (c << 2), v, 2);
  return v128.load32_lane(table + (d << 2), v, 3);
}

// @ts-ignore: decorator
@inline
function total(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3);
}
