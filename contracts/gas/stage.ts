// A chain with the contracts on it, and every transaction sent to it in exact bytes.
import {
  type Abi,
  type Address,
  createPublicClient,
  createTestClient,
  encodeDeployData,
  getContractAddress,
  type Hex,
  http,
  type TransactionReceipt,
} from 'viem'
import { type HDAccount, mnemonicToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { MNEMONIC, startAnvil } from '../anvil.ts'

/** One call to a contract; `value` in wei. */
export type Call = { from: HDAccount; to: Address; data: Hex; value?: bigint }
/** What went to the chain, and what came of it; `time` is its block's, in seconds. */
export type Sent = { raw: Hex; time: number; receipt: TransactionReceipt }
/** What one transaction cost. `floor` leaves out what the called contract's own opcodes cost, storage and logs aside. */
export type Cost = { gas: bigint; floor: bigint }

export type Stage = {
  accounts: readonly HDAccount[]
  /** Everything sent so far, in order. */
  sent: readonly Sent[]
  now(): number
  pass(seconds: number): void
  deploy(contract: { abi: Abi; bytecode: Hex; args: readonly unknown[] }): Promise<Address>
  send(call: Call): Promise<TransactionReceipt>
  /** send() for a call that may revert. */
  attempt(call: Call): Promise<TransactionReceipt>
  costOf(receipt: TransactionReceipt): Promise<Cost>
  storageAt(address: Address, slot: Hex): Promise<Hex>
  /** Writes storage as it is, past all code: for states that would take too many transactions. */
  plant(address: Address, words: ReadonlyMap<Hex, Hex>): Promise<void>
  /** Empty blocks, a second each. */
  mine(blocks: number): Promise<void>
  /** Runs on the state as it is, and leaves nothing behind. */
  aside<T>(act: () => Promise<T>): Promise<T>
  stop(): void
}

/** Time of the first block, in seconds: fixed, so that every run has the same bytes and the same gas. */
const FIRST_BLOCK_AT = 1_800_000_000
const GAS_LIMIT = 16_000_000n
const ACCOUNTS = 120
/** Wei. */
export const START_BALANCE = 10n ** 24n
// What these cost is the price of state, events and other contracts; the rest is the compiler's doing.
const NOT_OWN =
  /^(SLOAD|SSTORE|LOG\d|CALL|STATICCALL|DELEGATECALL|EXTCODESIZE|BALANCE|RETURN|STOP)$/

type StructLog = { op: string; gasCost: number; depth: number }

const ownPart = (steps: readonly StructLog[]): bigint => {
  const own = steps.filter(({ op, depth }) => depth === 1 && !NOT_OWN.test(op))
  return own.reduce((sum, { gasCost }) => sum + BigInt(gasCost), 0n)
}

const clientsOf = (url: string) => {
  const options = { chain: foundry, transport: http(url), pollingInterval: 5, cacheTime: 0 }
  const batched = http(url, { batch: { batchSize: 1000 } })
  return {
    reader: createPublicClient(options),
    tester: createTestClient({ ...options, mode: 'anvil' }),
    batcher: createTestClient({ ...options, transport: batched, mode: 'anvil' }),
  }
}

type Clients = ReturnType<typeof clientsOf>
/** Where a chain stands between two transactions. */
type Book = { nonces: Map<Address, number>; sent: Sent[]; time: number }

/** One transaction in one block, whose time is the book's. */
const createTransact =
  ({ reader, tester }: Clients, book: Book) =>
  async ({ from, ...call }: Omit<Call, 'to'> & { to?: Address }) => {
    const nonce = book.nonces.get(from.address) ?? 0
    const raw = await from.signTransaction({
      ...call,
      ...{ chainId: foundry.id, nonce, gas: GAS_LIMIT, type: 'eip1559' },
      ...{ maxFeePerGas: 0n, maxPriorityFeePerGas: 0n },
    })
    const hash = await reader.sendRawTransaction({ serializedTransaction: raw })
    await tester.setNextBlockTimestamp({ timestamp: BigInt(book.time) })
    await tester.mine({ blocks: 1 })
    const receipt = await reader.getTransactionReceipt({ hash })
    book.nonces.set(from.address, nonce + 1)
    book.sent.push({ raw, time: book.time, receipt })
    book.time += 1
    return receipt
  }

const createAside =
  ({ tester }: Clients, book: Book): Stage['aside'] =>
  async (act) => {
    const id = await tester.snapshot()
    const before = { ...book, nonces: new Map(book.nonces), sent: [...book.sent] }
    try {
      return await act()
    } finally {
      await tester.revert({ id })
      Object.assign(book, before)
    }
  }

const costOf = async (reader: Clients['reader'], receipt: TransactionReceipt): Promise<Cost> => {
  const { gasUsed, transactionHash } = receipt
  const options = { disableStorage: true, disableStack: true, disableMemory: true }
  const trace = (await reader.request({
    method: 'debug_traceTransaction' as never,
    params: [transactionHash, options] as never,
  })) as { structLogs: StructLog[] }
  return { gas: gasUsed, floor: gasUsed - ownPart(trace.structLogs) }
}

/** Starts a fresh chain. */
export const createStage = async (): Promise<Stage> => {
  const anvil = await startAnvil(
    ...['--no-mining', '--steps-tracing', '--gas-price', '0', '--gas-limit', '60000000'],
    ...['--timestamp', String(FIRST_BLOCK_AT)],
  )
  const clients = clientsOf(anvil.url)
  const { reader, tester, batcher } = clients
  const accounts = Array.from({ length: ACCOUNTS }, (_, addressIndex) =>
    mnemonicToAccount(MNEMONIC, { addressIndex }),
  )
  for (const { address } of accounts) await tester.setBalance({ address, value: START_BALANCE })
  const book: Book = { nonces: new Map(), sent: [], time: FIRST_BLOCK_AT + 1 }
  const transact = createTransact(clients, book)

  return {
    accounts,
    get sent() {
      return book.sent
    },
    now: () => book.time,
    pass: (seconds) => {
      book.time += seconds
    },
    deploy: async ({ abi, bytecode, args }) => {
      const [from] = accounts as [HDAccount]
      const nonce = BigInt(book.nonces.get(from.address) ?? 0)
      await transact({ from, data: encodeDeployData({ abi, bytecode, args }) })
      return getContractAddress({ from: from.address, nonce })
    },
    send: async (call) => {
      const receipt = await transact(call)
      if (receipt.status === 'success') return receipt
      // Asked once more, the chain tells why.
      await reader.call({ account: call.from.address, ...call })
      throw new Error('a transaction failed that should not')
    },
    attempt: transact,
    costOf: (receipt) => costOf(reader, receipt),
    storageAt: async (address, slot) => (await reader.getStorageAt({ address, slot })) ?? '0x',
    plant: async (address, words) => {
      const writes = [...words].map(([index, value]) =>
        batcher.setStorageAt({ address, index, value }),
      )
      await Promise.all(writes)
    },
    mine: async (blocks) => {
      await tester.mine({ blocks, interval: 1 })
      const { timestamp } = await reader.getBlock()
      book.time = Math.max(book.time, Number(timestamp) + 1)
    },
    aside: createAside(clients, book),
    stop: () => anvil.stop(),
  }
}
