import { describe, expect, it } from 'vitest'
import { cpuNote, type Machine, wasmNote } from '../../../server/src/encode/runtimeNotes.ts'

const LINUX: Machine = { platform: 'linux', arch: 'x64', isMusl: false }
const dlopenError = (message: string) => Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' })
const notFound = Object.assign(new Error("Cannot find module '../bin/napi-v6/'\nRequire stack:"), {
  code: 'MODULE_NOT_FOUND',
})

describe('the note on WebAssembly', () => {
  const check = (error: unknown, machine: Partial<Machine>, rest: string) =>
    expect(wasmNote(error, { ...LINUX, ...machine })).toBe(
      `Models run on the slower WebAssembly runtime because ${rest}`,
    )

  it('says what keeps native code from being loaded, and what would help', () => {
    check(
      dlopenError("/lib64/libc.so.6: version `GLIBC_2.28' not found (required by /x/libonnxruntime.so.1)"),
      {},
      'ONNX Runtime needs GLIBC_2.28, and the C library of this system is older. A newer system is faster.',
    )
    check(
      dlopenError('Error loading shared library ld-linux-x86-64.so.2: No such file or directory'),
      { isMusl: true },
      'ONNX Runtime is made for glibc, which this Linux lacks. A system with glibc (Debian, Fedora) is faster.',
    )
    check(
      dlopenError('libonnxruntime.so.1: cannot open shared object file: No such file or directory'),
      {},
      'the library libonnxruntime.so.1 is missing. Install it, or install Lateral again.',
    )
    check(
      dlopenError('The specified module could not be found.\r\n\\\\?\\C:\\x\\onnxruntime_binding.node'),
      { platform: 'win32' },
      'The specified module could not be found. Install the Visual C++ Redistributable of Microsoft, or install Lateral again.',
    )
    check(
      dlopenError('/x/onnxruntime_binding.node: invalid ELF header'),
      {},
      "ONNX Runtime's native library cannot be loaded (/x/onnxruntime_binding.node: invalid ELF header). Install Lateral again.",
    )
  })

  it('tells a package for another platform from a platform that has none', () => {
    check(
      notFound,
      {},
      "ONNX Runtime's native library for linux-x64 is not installed. Install the package of Lateral for linux-x64.",
    )
    check(notFound, { platform: 'darwin' }, 'ONNX Runtime has no native library for darwin-x64. It works, only slower.')
  })
})

it('the note on the CPU names the accelerator and what it needs', () => {
  const note = cpuNote('directml', new Error('no available backend found. ERR: [dml] backend not found.\nmore'))
  expect(note).toBe(
    'Models run on the CPU because DirectML does not work here (no available backend found. ERR: [dml] backend not found). ' +
      'It needs Windows and a GPU; or set "model.accelerator" to cpu.',
  )
})
