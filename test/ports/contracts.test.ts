import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { after, before, describe, it } from 'mocha'
import {
  type Address,
  encodeAbiParameters,
  getAbiItem,
  type Hex,
  keccak256,
  parseEventLogs,
} from 'viem'
import {
  disputeArbiterContractAbi,
  paymentChannelContractAbi,
  testTokenAbi,
} from '../../contracts/abi/index.ts'
import { type Deployment, deployContracts } from '../../contracts/deployment.ts'
import { clientsOf, payee, payer, startAnvil } from './anvil.ts'

const NO_HASH = `0x${'00'.repeat(32)}` as const

describe('the contracts on a real chain', () => {
  let anvil: ChildProcess
  let clients: ReturnType<typeof clientsOf>
  let deployment: Deployment
  const options = { minWindow: 1, owner: payer.address, withTestToken: true }

  before(async () => {
    const { child, url } = await startAnvil()
    anvil = child
    clients = clientsOf(url)
    deployment = await deployContracts(clients, options)
  })
  after(() => anvil.kill())

  const mined = (hash: Hex) => clients.publicClient.waitForTransactionReceipt({ hash })
  const blocks = () => clients.publicClient.getBlockNumber({ cacheTime: 0 })

  it('are reused when deployed again with their own addresses', async () => {
    const before = await blocks()
    const again = await deployContracts(clients, { ...options, earlier: deployment })
    assert.deepEqual(again, deployment)
    assert.equal(await blocks(), before)
  })

  it('are replaced alone where only the channel contract has another window', async () => {
    const again = await deployContracts(clients, { ...options, minWindow: 5, earlier: deployment })
    assert.notEqual(again.paymentChannel, deployment.paymentChannel)
    assert.equal(again.disputeArbiter, deployment.disputeArbiter)
    assert.equal(again.escrow, deployment.escrow)
    assert.equal(again.reputation, deployment.reputation)
    assert.equal(again.token, deployment.token)
    assert.ok(again.block > deployment.block)
  })

  it('carry one domain for market messages', async () => {
    const [, name, version, chainId, verifyingContract] = await clients.publicClient.readContract({
      address: deployment.disputeArbiter,
      abi: disputeArbiterContractAbi,
      functionName: 'eip712Domain',
    })
    assert.deepEqual([name, version, chainId], ['Souk', '1', 31337n])
    assert.equal(verifyingContract.toLowerCase(), deployment.disputeArbiter.toLowerCase())
  })

  it('take a channel from opening to settlement with sums conserved', async () => {
    const token = deployment.token as Address
    const channels = { address: deployment.paymentChannel, abi: paymentChannelContractAbi } as const
    const money = { address: token, abi: testTokenAbi } as const
    const params = {
      partyA: payer.address,
      partyB: payee.address,
      signerA: payer.address,
      signerB: payee.address,
      token,
      window: 60,
      mode: 1,
      salt: 7n,
    }
    const [tuple] = getAbiItem({ abi: channels.abi, name: 'channelIdOf' }).inputs
    const id = keccak256(encodeAbiParameters([tuple], [params]))
    const promise = async (sent: bigint) => ({
      epoch: 0,
      sent,
      memo: NO_HASH,
      signature: await payer.signTypedData({
        domain: { name: 'Souk', version: '1', chainId: 31337, verifyingContract: channels.address },
        types: {
          PayState: [
            { name: 'channelId', type: 'bytes32' },
            { name: 'epoch', type: 'uint16' },
            { name: 'fromA', type: 'bool' },
            { name: 'sent', type: 'uint96' },
            { name: 'lockedTotal', type: 'uint96' },
            { name: 'locksRoot', type: 'bytes32' },
            { name: 'memo', type: 'bytes32' },
          ],
        },
        primaryType: 'PayState',
        message: {
          channelId: id,
          epoch: 0,
          fromA: true,
          sent,
          lockedTotal: 0n,
          locksRoot: NO_HASH,
          memo: NO_HASH,
        },
      }),
    })
    const none = { epoch: 0, sent: 0n, memo: NO_HASH, signature: '0x' as const }
    const { payer: a, payee: b } = clients
    await mined(
      await a.writeContract({ ...money, functionName: 'mint', args: [payer.address, 1000n] }),
    )
    await mined(
      await a.writeContract({ ...money, functionName: 'approve', args: [channels.address, 1000n] }),
    )
    await mined(await a.writeContract({ ...channels, functionName: 'open', args: [params, 1000n] }))
    await mined(
      await b.writeContract({
        ...channels,
        functionName: 'claim',
        args: [params, await promise(100n)],
      }),
    )
    await mined(
      await a.writeContract({ ...channels, functionName: 'startClose', args: [params, none] }),
    )
    await mined(
      await b.writeContract({
        ...channels,
        functionName: 'respond',
        args: [params, await promise(250n)],
      }),
    )
    await clients.testClient.increaseTime({ seconds: 61 })
    const { logs } = await mined(
      await a.writeContract({ ...channels, functionName: 'settle', args: [params] }),
    )
    const [settled] = parseEventLogs({ abi: channels.abi, eventName: 'Settled', logs })
    assert.deepEqual(settled?.args, { id, payA: 750n, payB: 150n })
    const balance = (owner: Address) =>
      clients.publicClient.readContract({ ...money, functionName: 'balanceOf', args: [owner] })
    assert.equal(await balance(payer.address), 750n)
    assert.equal(await balance(payee.address), 250n)
  })
})
