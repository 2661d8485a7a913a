import assert from 'node:assert/strict'
import {
  createExecutor,
  type ExecutionResult,
  type Executor,
  type ExecutorOptions,
} from '../../../node/execution/index.ts'
import {
  encodeManifest,
  type TaskManifest,
  taskHashOf,
} from '../../../protocols/execution/index.ts'
import { aManifest } from '../../builders/task.ts'
import { silentLog } from '../../fakes/log.ts'
import { createMemoryNetwork, type MemoryNode } from '../../fakes/memory-network.ts'
import { createFakeSandbox, type FakeSandbox } from '../../fakes/sandbox.ts'
import { createTestSigner } from '../../fakes/signer.ts'

const utf8 = new TextEncoder()
export const requester = createTestSigner('requester').address
export const provider = createTestSigner('provider').address
export const options = { maxInputBytes: 10_000 }
export const withCode = (code: string, message = /./) => ({ code, message })

/** First byte of a module that the fake sandbox refuses. */
export const BAD = 0xad

/** A requester's node and a provider's with an executor. */
export type ExecutionWorld = {
  buyer: MemoryNode
  seller: MemoryNode
  sandbox: FakeSandbox
  executor: Executor
}

export const createExecutionWorld = (settings: ExecutorOptions = {}): ExecutionWorld => {
  const network = createMemoryNetwork()
  const buyer = network.join(requester)
  const seller = network.join(provider)
  const fault = { code: 'IMPORT_UNKNOWN', where: 'import 0', detail: 'env.exec' }
  const sandbox = createFakeSandbox({ faultsOf: ([first]) => (first === BAD ? [fault] : []) })
  const executor = createExecutor({ content: seller.content, sandbox, log: silentLog }, settings)
  return { buyer, seller, sandbox, executor }
}

/** Puts a task at the requester's, with everything it names. */
export const aTask = async (
  { buyer, sandbox }: ExecutionWorld,
  changes: Partial<TaskManifest> = {},
) => {
  const put = (text: string) => buyer.content.put(utf8.encode(text))
  const manifest = aManifest({
    engine: sandbox.engineHash,
    module: await put('module'),
    stdin: await put('stdin'),
    files: { 'in/a.txt': await put('file a'), 'in/b.txt': await put('file b') },
    outputs: ['log'],
    ...changes,
  })
  const bytes = encodeManifest(manifest)
  await buyer.content.put(bytes)
  return { manifest, taskHash: taskHashOf(bytes) }
}

/** Prepares and runs a task, letting it go on while it has used at most 500 units of fuel. */
export const runTask = async (world: ExecutionWorld, sliceFuel = 10_000n) => {
  const { taskHash } = await aTask(world)
  const prepared = await world.executor.prepare(taskHash, requester, options)
  const slices: [number, bigint][] = []
  const result = await world.executor.run(prepared, {
    sliceFuel,
    onSlice: async ({ slice, fuelUsed }) => {
      slices.push([slice, fuelUsed])
      return fuelUsed > 500n ? 'stop' : 'continue'
    },
  })
  return { taskHash, result, slices }
}

export const verdictOf = (result: ExecutionResult) => {
  assert.ok(result.kind === 'verdict')
  return result
}
