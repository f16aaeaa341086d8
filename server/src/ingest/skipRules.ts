import { isSecretPath } from './secretNames.ts'

/** Why a path is left out, in words for status and log. */
export type SkipReason =
  | 'ignored'
  | 'excluded'
  | 'tool-folder'
  | 'binary'
  | 'generated'
  | 'lock-file'
  | 'secret'
  | 'data'
  | 'link'
  | 'not-a-file'
  | 'too-large'
  | 'unreadable'
  | 'name-not-utf8'

/** Folders of tools and dependencies, never entered. */
export function isToolFolder(name: string): boolean {
  return TOOL_FOLDERS.has(name) || name.endsWith('.egg-info')
}

/**
 * Why a file of this path (relative to the folder) is not worth reading, or not to be read; undefined where it is. By
 * names alone.
 */
export function skipByName(relativePath: string): SkipReason | undefined {
  if (isSecretPath(relativePath)) return 'secret'
  const lower = relativePath.slice(relativePath.lastIndexOf('/') + 1).toLowerCase()
  if (LOCK_FILES.has(lower)) return 'lock-file'
  if (GENERATED.test(lower)) return 'generated'
  if (lower === '.git') return 'tool-folder'
  const dot = lower.lastIndexOf('.')
  if (dot < 0) return undefined
  const extension = lower.slice(dot + 1)
  if (BINARY_EXTENSIONS.has(extension)) return 'binary'
  return DATA_EXTENSIONS.has(extension) ? 'data' : undefined
}

const words = (text: string) => new Set(text.trim().split(/\s+/))

const TOOL_FOLDERS = words(`
  .git .hg .svn .jj .bzr CVS node_modules bower_components jspm_packages __pycache__ .venv .tox .nox .mypy_cache
  .pytest_cache .ruff_cache .ipynb_checkpoints .eggs .idea .vs .gradle .mvn .cache .parcel-cache .next .nuxt .svelte-kit
  .turbo .angular .nyc_output .terraform .serverless .aws-sam .dart_tool .bundle .stack-work .cabal-sandbox .elixir_ls
  .metals .bloop .bsp .zig-cache zig-cache zig-out .yarn .pnpm-store .vscode-test .history .lateral DerivedData Pods
`)

const LOCK_FILES = words(`
  package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.lock cargo.lock composer.lock
  gemfile.lock poetry.lock pipfile.lock pdm.lock uv.lock go.sum go.work.sum mix.lock pubspec.lock podfile.lock
  packages.lock.json project.assets.json flake.lock cartfile.resolved package.resolved gradle.lockfile conan.lock
  stack.yaml.lock cabal.project.freeze elm-stuff rebar.lock shard.lock manifest.toml.lock .terraform.lock.hcl
`)

const GENERATED =
  /(\.min\.(js|mjs|cjs|css)|[.-]bundle\.js|\.map|\.(orig|rej|bak|tmp)|~|\.snap|\.tsbuildinfo|\.pb\.go|_pb2(_grpc)?\.pyi?|\.g\.dart|\.freezed\.dart|\.designer\.cs|\.generated\.\w+|\.eslintcache)$/

/** Text, but rows of values rather than anything said about them. */
const DATA_EXTENSIONS = words(
  `csv tsv jsonl ndjson log geojson har svg pbtxt fasta fa vcf sam bed ltsv dic aff crt cer der`,
)

const BINARY_EXTENSIONS = words(`
  png jpg jpeg gif bmp ico icns webp avif tif tiff psd ai eps heic raw xcf sketch fig
  mp3 mp4 wav ogg oga ogv flac aac m4a m4v mov avi mkv webm wmv mid aiff
  ttf otf woff woff2 eot
  zip gz tgz bz2 xz 7z rar tar zst lz4 br jar war ear aar apk ipa dmg iso img deb rpm msi cab vsix whl egg gem nupkg crx
  exe dll so dylib a lib o obj pdb class pyc pyo pyd wasm beam node bin dat elf ko hi rlib rmeta ilk exp suo bc gch pch
  pdf doc docx xls xlsx ppt pptx odt ods odp rtf epub mobi
  db sqlite sqlite3 mdb ldb parquet avro orc arrow feather h5 hdf5 npy npz pkl pickle joblib mat rds rdata
  pt pth onnx safetensors gguf ggml tflite pb ckpt msgpack caffemodel
  ds_store swp swo
`)
