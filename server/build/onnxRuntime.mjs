// ONNX Runtime as the package carries it: the native files of one platform, without what only GPUs use, and the one
// build in WebAssembly that takes over where they cannot be loaded.
import { cp, mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import { repositoryRoot } from './freshness.mjs'

/** VS Code's names of the platforms that ONNX Runtime is made for. */
const NATIVE_TARGETS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64']
/** Those that have its build in WebAssembly only. */
const WASM_TARGETS = ['linux-armhf', 'alpine-x64', 'alpine-arm64', 'darwin-x64']
export const TARGETS = [...NATIVE_TARGETS, ...WASM_TARGETS]
/** Packages whose files are copied, beside those that bundles hold. */
export const RUNTIME_PACKAGES = ['onnxruntime-common', 'onnxruntime-node', 'onnxruntime-web']

/** DirectML stays: the Windows library asks for it when it is loaded. The shader compilers serve WebGPU alone. */
const GPU_ONLY = /^(dxcompiler|dxil)\.dll$|cuda|tensorrt|webgpu|libwebgpu/i
/** npm flattens the link `libonnxruntime.1.dylib` into a second copy; the binding asks for the short name. */
const DUPLICATE = /^libonnxruntime\.\d+\.\d+\.\d+\.dylib$/

/** By package; of the web one what its entry for Node loads, which is 14 of its 140 MB. */
const PARTS = {
  'onnxruntime-common': ['package.json', 'dist/cjs', 'dist/esm'],
  'onnxruntime-node': ['package.json', 'dist'],
  'onnxruntime-web': [
    'package.json',
    'dist/ort.node.min.mjs',
    'dist/ort-wasm-simd-threaded.mjs',
    'dist/ort-wasm-simd-threaded.wasm',
  ],
}

/** Copies it to server/dist/node_modules, where the bundle's `import` looks first. */
export async function stageRuntimes(stage, target) {
  const packages = path.join(stage, 'server', 'dist', 'node_modules')
  for (const [name, parts] of Object.entries(PARTS))
    for (const part of parts)
      await cp(path.join(repositoryRoot, 'node_modules', name, part), path.join(packages, name, part), {
        recursive: true,
        filter: (file) => !/\.(map|ts)$/.test(file),
      })
  if (WASM_TARGETS.includes(target)) return
  const binaries = path.join('onnxruntime-node', 'bin', 'napi-v6', ...target.split('-'))
  const from = path.join(repositoryRoot, 'node_modules', binaries)
  await mkdir(path.join(packages, binaries), { recursive: true })
  for (const file of await readdir(from))
    if (!GPU_ONLY.test(file) && !DUPLICATE.test(file))
      await cp(path.join(from, file), path.join(packages, binaries, file))
}
