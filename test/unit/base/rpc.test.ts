import { MessageChannel } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { AppError, CancelledError } from '../../../server/src/base/errors.ts'
import { connectRpc, portChannel, type RpcContext, serveRpc } from '../../../server/src/base/rpc.ts'
import { diskFull } from '../../../server/src/contract/errorCodes.ts'

const methods = {
  double: (value: number) => value * 2,
  later: async (value: string) => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return value
  },
  sum: ({ rows }: { rows: Float32Array }) => rows.reduce((total, value) => total + value, 0),
  full: (where: string): string => {
    throw diskFull(where)
  },
  broken: (): string => {
    throw Object.assign(new TypeError('a bug'), { code: 'ERR_OWN' })
  },
  unspeakable: () => () => {},
  busy: (_: null, { isCancelled }: RpcContext) => {
    const before = isCancelled()
    whileBusy()
    return [before, isCancelled()]
  },
  untilAborted: (_: null, { signal }: RpcContext) =>
    new Promise<string>((resolve) => {
      signal.addEventListener('abort', () => {
        aborted++
        resolve('too late')
      })
    }),
}
let aborted = 0
let whileBusy = () => {}

const ports: MessageChannel[] = []
afterEach(() => {
  for (const { port1 } of ports.splice(0)) port1.close()
})

function connected() {
  const channel = new MessageChannel()
  ports.push(channel)
  serveRpc(portChannel(channel.port2), methods)
  const client = connectRpc<typeof methods>(portChannel(channel.port1), (reason) => new Error(`lost: ${reason}`))
  return { client, port: channel.port1, far: channel.port2 }
}

describe('rpc', () => {
  it('answers calls, each with its own result, whatever the order they end in', async () => {
    const { client } = connected()
    expect(await Promise.all([client.later('slow'), client.double(21), client.later('also slow')])).toEqual([
      'slow',
      42,
      'also slow',
    ])
  })

  it('tells a handler that keeps its thread of its cancellation, and answers what came meanwhile', async () => {
    const { client } = connected()
    const controller = new AbortController()
    const meanwhile: Promise<unknown>[] = []
    let seen: unknown
    whileBusy = () => {
      meanwhile.push(client.double(4), client.double(5))
      controller.abort()
    }
    const methodsBusy = methods.busy
    methods.busy = (params, context) => {
      seen = methodsBusy(params, context)
      return [false]
    }
    await expect(client.busy(null, controller.signal)).rejects.toThrow(CancelledError)
    methods.busy = methodsBusy
    expect(seen).toEqual([false, true])
    expect(await Promise.all(meanwhile)).toEqual([8, 10])
  })

  it('carries typed arrays', async () =>
    expect(await connected().client.sum({ rows: Float32Array.of(1, 2, 3.5) })).toBe(6.5))

  it('carries an expected failure with its code and advice', async () => {
    const error = await connected()
      .client.full('/somewhere')
      .catch((reason) => reason)
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ code: 'E_DISK_FULL', advice: diskFull('').advice })
    expect(error.message).toContain('/somewhere')
  })

  it('carries a bug with its name, code and trace', async () => {
    const error = await connected()
      .client.broken(null as never)
      .catch((reason) => reason)
    expect(error).not.toBeInstanceOf(AppError)
    expect(error).toMatchObject({ name: 'TypeError', message: 'a bug', code: 'ERR_OWN' })
    expect(error.stack).toContain('rpc.test')
  })

  it('rejects for a result that cannot cross, and for a method that is not there', async () => {
    const { client } = connected()
    await expect(client.unspeakable(null as never)).rejects.toThrow(/clone/)
    await expect((client as unknown as { nothing(): Promise<void> }).nothing()).rejects.toThrow(/not a function/)
    expect(await client.double(1)).toBe(2)
  })

  it('cancels at both ends', async () => {
    const { client } = connected()
    aborted = 0
    const controller = new AbortController()
    const call = client.untilAborted(null, controller.signal)
    await client.double(1)
    controller.abort()
    await expect(call).rejects.toBeInstanceOf(CancelledError)
    await client.double(1)
    expect(aborted).toBe(1)
    await expect(client.double(1, controller.signal)).rejects.toBeInstanceOf(CancelledError)
  })

  it('rejects what is under way and what comes later once the channel is closed', async () => {
    const { client, far } = connected()
    const call = client.untilAborted(null)
    await client.double(1)
    far.close()
    await expect(call).rejects.toThrow('lost: port closed')
    await expect(client.double(1)).rejects.toThrow('lost: port closed')
  })

  it('is no promise itself', async () => {
    const { client } = connected()
    expect(await client).toBe(client)
  })
})
