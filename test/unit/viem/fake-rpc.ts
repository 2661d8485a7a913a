import { custom, HttpRequestError, RpcRequestError, type Transport } from 'viem'
import type { Hex } from '../../../protocols/common/index.ts'

type Answer = (params: readonly unknown[]) => unknown

export type FakeRpc = {
  transport: Transport
  /** Replaces the answer to one method. */
  on(method: string, answer: Answer): void
  /** The parameters of each call of a method so far. */
  calls(method: string): readonly (readonly unknown[])[]
  setReachable(isReachable: boolean): void
}

/** An answer that is an error, as JSON-RPC carries it. */
export const refuse = (
  message: string,
  { code = -32000, data }: { code?: number; data?: Hex } = {},
) => {
  const error = { code, message, data }
  return new RpcRequestError({ body: {}, error, url: 'http://fake' })
}

/** A chain node that answers what it is told to; what nobody told it about fails the test. */
export const createFakeRpc = (answers: Record<string, Answer> = {}): FakeRpc => {
  const known = new Map(Object.entries(answers))
  const calls: { method: string; params: readonly unknown[] }[] = []
  let isReachable = true
  const request = async ({
    method,
    params = [],
  }: {
    method: string
    params?: readonly unknown[]
  }) => {
    if (!isReachable) throw new HttpRequestError({ url: 'http://fake', details: 'refused' })
    calls.push({ method, params })
    const answer = known.get(method)
    if (answer === undefined) throw refuse(`no answer for ${method}`, { code: -32601 })
    const result = answer(params)
    if (result instanceof Error) throw result
    return result
  }
  return {
    transport: custom({ request } as never, { retryCount: 0 }),
    on: (method, answer) => known.set(method, answer),
    calls: (method) => calls.filter((call) => call.method === method).map(({ params }) => params),
    setReachable: (value) => {
      isReachable = value
    },
  }
}
