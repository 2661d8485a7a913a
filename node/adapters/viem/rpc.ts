import {
  createClient,
  HttpRequestError,
  RpcError,
  RpcRequestError,
  TimeoutError,
  type Transport,
} from 'viem'
import { Fault, type Hex } from '../../../protocols/common/index.ts'
import type { ChainFault } from './faults.ts'

/** The node of the chain answered, and its answer was no. */
export class RpcRefusal extends Error {
  readonly code: number
  /** What the contract reverted with; null where the refusal carries none. */
  readonly data: Hex | null

  constructor(message: string, { code, data }: { code: number; data: Hex | null }) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** One JSON-RPC call. Throws Fault CHAIN_UNREACHABLE when nobody answers, and RpcRefusal when the answer is an error. */
export type Rpc = (method: string, params?: readonly unknown[]) => Promise<unknown>

const causesOf = (error: unknown): Error[] => {
  const causes: Error[] = []
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) {
    causes.push(cause)
  }
  return causes
}

const isHex = (value: unknown): value is Hex =>
  typeof value === 'string' && /^0x[0-9a-f]*$/i.test(value)

// Some nodes wrap the revert data once more.
const dataIn = (value: unknown): Hex | null => {
  if (isHex(value)) return value
  const inner = (value as { data?: unknown } | null | undefined)?.data
  return isHex(inner) ? inner : null
}

const refusalOf = (error: unknown): RpcRefusal | null => {
  const causes = causesOf(error)
  const isTransport = (cause: Error) =>
    cause instanceof HttpRequestError || cause instanceof TimeoutError
  if (causes.some(isTransport)) return null
  // The deepest one is what the node said; the others are viem's wrapping.
  const answer = causes.findLast(
    (cause) => cause instanceof RpcRequestError || cause instanceof RpcError,
  ) as RpcRequestError | RpcError | undefined
  if (answer === undefined) return null
  const data = 'data' in answer ? dataIn(answer.data) : null
  return new RpcRefusal(answer.details || answer.message, { code: answer.code, data })
}

export const unreachable = (reason: string, cause?: unknown): Fault<ChainFault> =>
  new Fault('CHAIN_UNREACHABLE', 'the chain does not answer', { reason, cause })

/** JSON-RPC over a viem transport, with the two ways of failing told apart. */
export const createRpc = (transport: Transport): Rpc => {
  const client = createClient({ transport })
  return async (method, params = []) => {
    try {
      return await client.request({ method, params } as never)
    } catch (error) {
      throw refusalOf(error) ?? unreachable((error as Error).message.split('\n', 1)[0] ?? '', error)
    }
  }
}

const ATTEMPTS = 3

const refusalIn = (error: unknown): RpcRefusal => {
  if (error instanceof RpcRefusal) return error
  throw error
}

/**
 * For questions that have no answer no: a refusal is a chain that does not work. A block that arrives meanwhile can make a server
 * refuse its former latest state, so the question is asked again at once.
 */
export const createReader = (rpc: Rpc) => {
  const read = async <T>(
    method: string,
    params: readonly unknown[] = [],
    attempt = 1,
  ): Promise<T> => {
    try {
      return (await rpc(method, params)) as T
    } catch (error) {
      const refusal = refusalIn(error)
      if (attempt === ATTEMPTS) throw unreachable(refusal.message, refusal)
      return read(method, params, attempt + 1)
    }
  }
  return <T>(method: string, params: readonly unknown[] = []) => read<T>(method, params)
}

/** A question whose answer has the shape that its method promises. */
export type Read = ReturnType<typeof createReader>
