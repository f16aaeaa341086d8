// ONNX Runtime as the package carries it: the files of one platform, without what only GPUs use.
import { cp, mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import { repositoryRoot } from './freshness.mjs'

/** VS Code's names of the platforms that ONNX Runtime is made for. */
export const TARGETS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64']

/** DirectML stays: the Windows library asks for it when it is loaded. The shader compilers serve WebGPU alone. */
const GPU_ONLY = /^(dxcompiler|dxil)\.dll$|cuda|tensorrt|webgpu|libwebgpu/i
/** npm flattens the link `libonnxruntime.1.dylib` into a second copy; the binding asks for the short name. */
const DUPLICATE = /^libonnxruntime\.\d+\.\d+\.\d+\.dylib$/

/** Copies it to server/dist/node_modules, where the bundle's `require` looks first. */
export async function stageNativeRuntime(stage, target) {
  const packages = path.join(stage, 'server', 'dist', 'node_modules')
  for (const [name, parts] of [
    ['onnxruntime-common', ['package.json', 'dist/cjs']],
    ['onnxruntime-node', ['package.json', 'dist']],
  ])
    for (const part of parts)
      await cp(path.join(repositoryRoot, 'node_modules', name, part), path.join(packages, name, part), {
        recursive: true,
        filter: (file) => !/\.(map|ts)$/.test(file),
      })
  const binaries = path.join('onnxruntime-node', 'bin', 'napi-v6', ...target.split('-'))
  const from = path.join(repositoryRoot, 'node_modules', binaries)
  await mkdir(path.join(packages, binaries), { recursive: true })
  for (const file of await readdir(from))
    if (!GPU_ONLY.test(file) && !DUPLICATE.test(file))
      await cp(path.join(from, file), path.join(packages, binaries, file))
}
