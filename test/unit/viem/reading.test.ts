import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { encodeAbiParameters, encodeEventTopics, encodeFunctionResult } from 'viem'
import { paymentChannelContractAbi as abi } from '../../../contracts/abi/index.ts'
import type { ChainEvent, ChainIdentity } from '../../../node/ports/index.ts'
import { channelIdOf, type Hex } from '../../../protocols/common/index.ts'
import { settle } from '../../fakes/clock.ts'
import { refuse } from './fake-rpc.ts'
import {
  aChain,
  alice,
  bob,
  contract,
  hashOfBlock,
  hex,
  isFault,
  params,
  token,
} from './viem-world.ts'

describe('reading', () => {
  it('checks at the start that it is the right chain', async () => {
    const { chain, rpc } = aChain()
    await chain.start()
    rpc.on('eth_chainId', () => '0x1')
    await assert.rejects(chain.start(), isFault('CHAIN_MISMATCH'))
  })

  it('tells head, balances and allowance', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_call', () => encodeAbiParameters([{ type: 'uint256' }], [42n]))
    assert.deepEqual(await chain.head(), { block: 100, timestamp: 1000 })
    assert.deepEqual(await chain.balances(bob), { native: 10n ** 18n, token: 42n })
    assert.equal(await chain.allowance(contract), 42n)
  })

  it('sees a channel as it was at the confirmed block', async () => {
    const result = encodeFunctionResult({
      abi,
      functionName: 'channel',
      result: [9n, 3n, 77, 2, 1],
    })
    const state = { status: 'closing', deposit: 9n, claimed: 3n, closeAt: 77, epoch: 1 }
    const deep = aChain({ confirmations: 3 })
    deep.rpc.on('eth_call', () => result)
    assert.deepEqual(await deep.chain.channel(channelIdOf(params)), state)
    assert.equal(deep.rpc.calls('eth_call')[0]?.[1], '0x62')
    const flat = aChain()
    flat.rpc.on('eth_call', () => result)
    await flat.chain.channel(channelIdOf(params))
    assert.equal(flat.rpc.calls('eth_call')[0]?.[1], 'latest')
  })

  it('reports a chain that answers nonsense as unreachable', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_blockNumber', () => refuse('limit exceeded', { code: -32005 }))
    rpc.on('eth_getBlockByNumber', () => refuse('limit exceeded', { code: -32005 }))
    await assert.rejects(chain.head(), isFault('CHAIN_UNREACHABLE', /limit exceeded/))
  })
})

const id = channelIdOf(params)
const logOf = (eventName: string, data: Hex, at: [block: number, index: number]) => ({
  data,
  topics: encodeEventTopics({ abi, eventName, args: { id, partyA: alice, partyB: bob } } as never),
  blockNumber: hex(at[0]),
  logIndex: hex(at[1]),
  transactionHash: `0x${'22'.repeat(32)}`,
})
const uints = (...values: bigint[]): Hex =>
  encodeAbiParameters(
    values.map(() => ({ type: 'uint256' })),
    values,
  )

describe('watching', () => {
  const watching = (over: Partial<ChainIdentity> = {}) => {
    const world = aChain(over)
    const events: ChainEvent[] = []
    const watchFrom = (block: number) => world.chain.watch(block, (event) => events.push(event))
    return { ...world, events, watchFrom }
  }

  it('delivers the contract’s events in order, as the port has them', async () => {
    const { chain, rpc, watchFrom, events } = watching()
    const opened = encodeAbiParameters(
      ['address', 'address', 'address', 'uint32', 'uint8', 'uint64', 'uint96'].map((type) => ({
        type,
      })),
      [alice, bob, token, 60, 1, 9n, 100n],
    )
    rpc.on('eth_getLogs', () => [
      logOf('Settled', uints(4n, 5n), [9, 0]),
      logOf('Closing', uints(55n), [8, 0]),
      logOf('Claimed', uints(3n, 2n), [7, 1]),
      logOf('Funded', uints(10n, 110n), [7, 0]),
      logOf('Opened', opened, [6, 3]),
      logOf('Responded', uints(1n), [8, 1]),
      logOf('RespondedForA', uints(2n), [8, 2]),
      logOf('FundedByB', uints(3n, 4n), [7, 2]),
      logOf('Rebased', uints(1n, 5n, 6n, 7n, 8n), [7, 3]),
      logOf('Paused', uints(0n), [9, 1]),
    ])
    watchFrom(5)
    await settle()
    const at = (block: number) => ({ channelId: id, block, transaction: `0x${'22'.repeat(32)}` })
    assert.deepEqual(events, [
      { ...at(6), type: 'channel-opened', params, deposit: 100n },
      { ...at(7), type: 'channel-funded', by: 'A', amount: 10n, deposit: 110n },
      { ...at(7), type: 'channel-claimed', sent: 3n, paid: 2n },
      { ...at(7), type: 'channel-funded', by: 'B', amount: 3n, deposit: 4n },
      {
        ...at(7),
        type: 'channel-rebased',
        epoch: 1,
        ...{ depositA: 5n, depositB: 6n, outA: 7n, outB: 8n },
      },
      { ...at(8), type: 'channel-closing', closeAt: 55 },
      { ...at(8), type: 'channel-responded', fromA: true, sent: 1n },
      { ...at(8), type: 'channel-responded', fromA: false, sent: 2n },
      { ...at(9), type: 'channel-settled', payA: 4n, payB: 5n },
    ])
    await chain.stop()
  })

  it('asks for confirmed blocks only, each range once', async () => {
    const { chain, rpc, clock, watchFrom } = watching({ confirmations: 11 })
    watchFrom(50)
    await settle()
    rpc.on('eth_blockNumber', () => '0x66')
    await clock.advance(2_000)
    const ranges = rpc.calls('eth_getLogs').map(([filter]) => {
      const { fromBlock, toBlock } = filter as { fromBlock: Hex; toBlock: Hex }
      return [Number(fromBlock), Number(toBlock)]
    })
    assert.deepEqual(ranges, [
      [50, 90],
      [91, 92],
    ])
    await chain.stop()
  })

  it('asks again for what failed, in smaller pieces, and logs it once', async () => {
    const { chain, rpc, clock, log, watchFrom } = watching()
    rpc.on('eth_blockNumber', () => hex(3_000))
    rpc.on('eth_getLogs', ([filter]) => {
      const { fromBlock, toBlock } = filter as { fromBlock: Hex; toBlock: Hex }
      return Number(toBlock) - Number(fromBlock) >= 600 ? refuse('range too wide') : []
    })
    watchFrom(0)
    await clock.advance(20_000)
    const [last] = rpc.calls('eth_getLogs').at(-1) as [{ toBlock: Hex }]
    assert.equal(Number(last.toBlock), 3_000)
    assert.equal(log.messages()[0], 'chain events unreadable')
    assert.ok(log.messages().includes('chain events readable again'))
    await chain.stop()
  })

  it('outlives a chain that goes away and a listener that throws', async () => {
    const { chain, rpc, clock, log, events } = watching()
    rpc.setReachable(false)
    chain.watch(0, (event) => {
      events.push(event)
      throw new Error('listener')
    })
    await clock.advance(3_000)
    assert.deepEqual(log.messages(), ['chain events unreadable'])
    rpc.setReachable(true)
    rpc.on('eth_getLogs', () => [logOf('Funded', uints(1n, 1n), [7, 0])])
    await clock.advance(10_000)
    assert.equal(events.length, 1)
    assert.ok(log.messages().includes('chain event not handled'))
    await chain.stop()
  })

  it('says how far it has told', async () => {
    const { chain, clock, rpc } = watching()
    const progress: number[] = []
    chain.watch(
      99,
      () => undefined,
      (block) => progress.push(block),
    )
    await settle()
    rpc.on('eth_blockNumber', () => hex(103))
    await clock.advance(1_000)
    assert.deepEqual(progress, [100, 103])
    await chain.stop()
  })

  it('takes back what a reorganisation undid, and tells what came instead', async () => {
    const { chain, rpc, clock, watchFrom, events, log } = watching()
    let fork = '00'
    let logs = [logOf('Funded', uints(1n, 1n), [99, 0]), logOf('Closing', uints(7n), [101, 0])]
    rpc.on('eth_getBlockByNumber', ([block]) => ({
      hash: hashOfBlock(String(block), Number(block) > 100 ? fork : '00'),
    }))
    rpc.on('eth_getLogs', ([filter]) => {
      const { fromBlock, toBlock } = filter as { fromBlock: Hex; toBlock: Hex }
      const isWithin = (block: Hex) => block >= fromBlock && block <= toBlock
      return logs.filter(({ blockNumber }) => isWithin(blockNumber))
    })
    watchFrom(95)
    await settle()
    rpc.on('eth_blockNumber', () => hex(101))
    await clock.advance(1_000)
    fork = 'ff'
    logs = [logOf('Funded', uints(1n, 1n), [99, 0]), logOf('Claimed', uints(3n, 3n), [102, 0])]
    rpc.on('eth_blockNumber', () => hex(102))
    await clock.advance(1_000)
    assert.deepEqual(
      events.map(({ type, block }) => [type, block]),
      [
        ['channel-funded', 99],
        ['channel-closing', 101],
        ['channel-undone', 101],
        ['channel-claimed', 102],
      ],
    )
    assert.equal((events[2] as { undone: string }).undone, 'channel-closing')
    assert.ok(log.messages().includes('chain reorganised'))
    await chain.stop()
  })

  it('reads again what changed while it was read', async () => {
    const { chain, rpc, clock, watchFrom, events } = watching()
    let reads = 0
    rpc.on('eth_getBlockByNumber', ([block]) => {
      reads += 1
      return { hash: hashOfBlock(String(block), reads === 2 ? 'ff' : '00') }
    })
    rpc.on('eth_getLogs', () => [logOf('Funded', uints(1n, 1n), [99, 0])])
    watchFrom(95)
    await settle()
    assert.deepEqual(events, [])
    await clock.advance(2_000)
    assert.equal(events.length, 1)
    await chain.stop()
  })

  it('ends with its unsubscriber', async () => {
    const { rpc, clock, watchFrom, events } = watching()
    const stop = watchFrom(0)
    await settle()
    stop()
    rpc.on('eth_blockNumber', () => '0x6e')
    rpc.on('eth_getLogs', () => [logOf('Funded', uints(1n, 1n), [105, 0])])
    await clock.advance(5_000)
    assert.deepEqual(events, [])
  })
})
