import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { runOperation } from './plaid/ops.ts'
import { makeSynthetic } from './plaid/synthetic.ts'
import { report } from './report.ts'

const root = path.resolve(import.meta.dirname, '../..')

const OPERATION = 'operation'

/**
 * How does the index alone compare with next-plaid on the same vectors? `--peer PROGRAM` runs the peer in turn with
 * ours (sub-commands build, exact and search, one JSON line each); without it, ours alone. Vectors are made ones,
 * and the embedded model's of a folder, `--real DIR` (this repository where absent, none where empty). `--data DIR` keeps
 * them, `--docs10k N`, `--docs100k N` make smaller ones (0: none), `--node PATH` runs ours on another Node.
 */
const { values } = parseArgs({
  args: process.argv[2] === OPERATION ? [] : process.argv.slice(2),
  options: {
    peer: { type: 'string' },
    data: { type: 'string', default: path.join(os.tmpdir(), 'lateral-plaid') },
    docs10k: { type: 'string', default: '10000' },
    docs100k: { type: 'string', default: '100000' },
    real: { type: 'string', default: root },
    node: { type: 'string', default: process.execPath },
    json: { type: 'boolean' },
  },
})
if (process.argv[2] === OPERATION) runOperation(process.argv.slice(3))
else await compare()

async function compare(): Promise<void> {
  const figures: Record<string, number | undefined> = {}
  const worlds = [
    { name: '10k', data: '', nDocs: Number(values.docs10k), dim: 128 },
    { name: '100k', data: '', nDocs: Number(values.docs100k), dim: 48 },
  ].filter(({ nDocs }) => nDocs > 0)
  for (const world of worlds) {
    world.data = path.join(values.data, `${world.nDocs}x${world.dim}`)
    makeSynthetic({ directory: world.data, nDocs: world.nDocs, dim: world.dim, nQueries: 200, seed: 2 })
  }
  if (values.real) {
    const data = path.join(values.data, `real-${path.basename(values.real)}`)
    // Only here: an operation's memory is to be the index's.
    const { makeReal } = await import('./plaid/realVectors.ts')
    worlds.push({ name: 'real', data, ...(await makeReal(data, values.real, 200)) })
  }
  for (const { name, data, nDocs, dim } of worlds) {
    const index = path.join(values.data, `ours-${path.basename(data)}`)
    rmSync(index, { recursive: true, force: true })
    const built = ours('build', '--data', data, '--dim', dim, '--index', index)
    const peer = values.peer && preparePeer(values.peer, data, dim)
    const truth = peer ? ['--truth', path.join(data, 'truth.bin')] : []
    const search = (...options: string[]) =>
      ours('search', '--data', data, '--dim', dim, '--index', index, ...truth, ...options)
    // Ours and the peer's in turn, twice: the better run of each, since other load only ever slows.
    const own = [search()]
    const peers = peer ? [peer.search()] : []
    own.push(search())
    if (peer) peers.push(peer.search())
    const ownMs = Math.min(...own.map(({ bestP50Ms }) => bestP50Ms!))
    figures[`docs_${name}`] = nDocs
    figures[`search_p50_ms_${name}`] = ownMs
    figures[`search_2_threads_p50_ms_${name}`] = search('--threads', '2').bestP50Ms
    figures[`recall_${name}`] = own[0]!.recall
    if (peer) {
      const peerMs = Math.min(...peers.map(({ best_p50_ms }) => best_p50_ms!))
      figures[`peer_search_p50_ms_${name}`] = peerMs
      figures[`search_p50_ratio_${name}`] = ownMs / peerMs
      figures[`peer_recall_${name}`] = peers[0]!.recall_at_k
      figures[`recall_margin_${name}`] = own[0]!.recall! - peers[0]!.recall_at_k!
      if (peer.buildCpuSeconds) figures[`build_cpu_ratio_${name}`] = built.cpuSeconds! / peer.buildCpuSeconds
    }
    figures[`build_cpu_s_${name}`] = built.cpuSeconds
    figures[`build_peak_rss_mb_${name}`] = built.peakRssMb
    figures[`bytes_per_token_${name}`] = built.bytesPerToken
    // Without the exact scores in memory, which only a comparison needs.
    const alone = ours('search', '--data', data, '--dim', dim, '--index', index)
    figures[`search_rss_mb_${name}`] = alone.rssMb
    figures[`open_ms_${name}`] = Math.min(...[...own, alone].map(({ openMs }) => openMs!))
    for (const share of ['1', '20']) {
      const subset = search('--subset', path.join(data, `sub${share}.bin`))
      figures[`subset${share}_p50_ms_${name}`] = subset.bestP50Ms
      figures[`subset${share}_float_recall_${name}`] = subset.recall
      figures[`subset${share}_recall_${name}`] = subset.recallOfCodes
    }
    const times = (operation: string, options: string[]) =>
      Math.min(...[1, 2, 3].map(() => ours(operation, '--data', data, '--dim', dim, ...options, '--docs', 100).ms!))
    figures[`append100_ms_${name}`] = times('append', ['--index', index])
    if (name !== '10k') continue
    figures.delete100_ms = times('delete', [])
    const stepwise = path.join(values.data, 'ours-incremental')
    rmSync(stepwise, { recursive: true, force: true })
    ours('incremental', '--data', data, '--dim', dim, '--index', stepwise)
    const after = ours('search', '--data', data, '--dim', dim, '--index', stepwise, ...truth)
    if (peer) figures.incremental_recall_gap = own[0]!.recall! - after.recall!
  }
  Object.assign(figures, {
    subset1_recall: figures.subset1_recall_10k,
    bytes_per_token: figures.bytes_per_token_10k,
    append100_ms: figures.append100_ms_10k,
    open_ms: figures.open_ms_100k,
    search_rss_mb: figures.search_rss_mb_100k,
  })
  report({
    bench: 'plaid',
    corpus: worlds
      .map(({ nDocs, dim, name }) => `${nDocs} x ${dim}${name === 'real' ? ' of a repository' : ''}`)
      .join(', '),
    figures,
  })
}

type Output = Record<string, number | undefined>

/** One operation of ours in a process of its own. */
function ours(operation: string, ...args: (string | number)[]): Output {
  const kernels = path.join(root, 'server/dist')
  return run(values.node, [process.argv[1]!, OPERATION, operation, ...args.map(String), '--kernels', kernels])
}

function preparePeer(program: string, data: string, dim: number) {
  const file = (name: string) => path.join(data, name)
  const vectors = ['--vectors', file('v.bin'), '--lengths', file('l.bin'), '--dim', String(dim)]
  const queries = ['--queries', file('q.bin'), '--qlengths', file('ql.bin')]
  const targets = ['--targets', file('targets.json')]
  if (!existsSync(file('truth.bin'))) {
    run(program, ['exact', ...vectors, ...queries, '--truth', file('truth.bin'), ...targets])
  }
  const index = file('peer')
  const built = existsSync(index)
    ? undefined
    : run(program, ['build', ...vectors, '--nbits', '4', '--threads', '2', '--out', index])
  const options = ['--k', '10', '--probes', '8', '--candidates', '4096', '--threads', '1', '--repeat', '3']
  return {
    buildCpuSeconds: built?.cpu_s,
    search: () =>
      run(program, [
        'search',
        '--index',
        index,
        ...queries,
        '--dim',
        String(dim),
        ...options,
        '--truth',
        file('truth.bin'),
        ...targets,
      ]),
  }
}

function run(program: string, args: string[]): Output {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}
