import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { after, before, describe, it } from 'mocha'
import { type Address, type Hex, isAddressEqual, pad, parseEventLogs, stringToHex } from 'viem'
import {
  disputeArbiterContractAbi,
  escrowContractAbi,
  reputationContractAbi,
  testTokenAbi,
} from '../../contracts/abi/index.ts'
import { LOCAL_COURT } from '../../contracts/court-settings.ts'
import {
  type Deployment,
  deployContracts,
  type EarlierDeployment,
} from '../../contracts/deployment.ts'
import { longestDisputeOf } from '../../protocols/arbitration/index.ts'
import {
  type Agreement,
  createDigester,
  type Receipt,
  type TypedMessage,
  type TypedName,
  ZERO_HASH,
} from '../../protocols/common/index.ts'
import { clientsOf, payee, payer, startAnvil } from './anvil.ts'

const CHAIN_ID = 31_337
const PRICE = 100n
const STAKE = 20n
const BONUS = 1n

const bytes32 = (text: string): Hex => pad(stringToHex(text), { size: 32 })
const lower = (address: Address) => address.toLowerCase() as Address

describe('escrow, reputation and arbiter on a real chain', () => {
  let anvil: ChildProcess
  let clients: ReturnType<typeof clientsOf>
  const options = { minWindow: 1, owner: payer.address, withTestToken: true }

  before(async () => {
    const { child, url } = await startAnvil()
    anvil = child
    clients = clientsOf(url)
  })
  after(() => anvil.kill())

  const read = <const Name extends 'arbiter' | 'escrow'>(address: Address, functionName: Name) =>
    clients.publicClient.readContract({ address, abi: reputationContractAbi, functionName })
  const sentByDeployer = () =>
    clients.publicClient.getTransactionCount({ address: clients.walletClient.account.address })
  const assertLinked = async ({ escrow, reputation, disputeArbiter }: Deployment) => {
    const ofEscrow = { address: escrow, abi: escrowContractAbi } as const
    const named = await Promise.all([
      clients.publicClient.readContract({ ...ofEscrow, functionName: 'reputation' }),
      clients.publicClient.readContract({ ...ofEscrow, functionName: 'arbiter' }),
      read(reputation, 'escrow'),
      read(reputation, 'arbiter'),
    ])
    const expected = [reputation, disputeArbiter, escrow, disputeArbiter]
    assert.ok(named.every((address, index) => isAddressEqual(address, expected[index] as Address)))
  }

  /** What a run left that died when it had told of the next one after so many contracts. */
  const interruptedAfter = async (count: number): Promise<EarlierDeployment> => {
    const placed: EarlierDeployment[] = []
    const onPlacing = async (news: EarlierDeployment) => {
      if (placed.push(news) === count + 1) throw new Error('power cut')
    }
    await assert.rejects(deployContracts(clients, { ...options, onPlacing }), /power cut/)
    return Object.assign({}, ...placed)
  }

  it('name one another', async () => {
    await assertLinked(await deployContracts(clients, options))
  })

  for (const count of [0, 1, 2, 3, 4]) {
    it(`go on where a run of five ended after ${count}`, async () => {
      const earlier = await interruptedAfter(count)
      const before = await sentByDeployer()
      const deployment = await deployContracts(clients, { ...options, earlier })
      assert.equal((await sentByDeployer()) - before, 5 - count)
      assert.deepEqual({ ...deployment, ...earlier }, deployment)
      await assertLinked(deployment)
    })
  }

  it('start anew where something else was sent after an interrupted run', async () => {
    const earlier = await interruptedAfter(3)
    const { walletClient, publicClient } = clients
    const hash = await walletClient.sendTransaction({ to: payer.address, value: 1n })
    await publicClient.waitForTransactionReceipt({ hash })
    const deployment = await deployContracts(clients, { ...options, earlier })
    assert.notEqual(deployment.reputation, earlier.reputation)
    assert.equal(deployment.paymentChannel, earlier.paymentChannel)
    await assertLinked(deployment)
  })

  it('are replaced where their owner is another', async () => {
    const earlier = await deployContracts(clients, options)
    const owner = payee.address
    const deployment = await deployContracts(clients, { ...options, earlier, owner })
    const names = ['paymentChannel', 'reputation', 'escrow', 'disputeArbiter'] as const
    for (const name of names) assert.notEqual(deployment[name], earlier[name])
    assert.equal(deployment.token, earlier.token)
    await assertLinked(deployment)
  })

  it('are replaced where their times are others, the arbiter with them', async () => {
    const earlier = await deployContracts(clients, options)
    const times = { minReview: 2, longestAgreement: 3, longestDispute: 4 }
    const deployment = await deployContracts(clients, { ...options, earlier, times })
    assert.notEqual(deployment.reputation, earlier.reputation)
    assert.notEqual(deployment.escrow, earlier.escrow)
    assert.notEqual(deployment.disputeArbiter, earlier.disputeArbiter)
    await assertLinked(deployment)
  })

  it('reckon with the times and fees that the node reckons with', async () => {
    const { disputeArbiter, escrow, token } = await deployContracts(clients, options)
    const { publicClient } = clients
    const court = { address: disputeArbiter, abi: disputeArbiterContractAbi } as const
    const longest = await publicClient.readContract({ ...court, functionName: 'longestDispute' })
    assert.equal(longest, BigInt(longestDisputeOf(LOCAL_COURT.settings)))
    const granted = {
      address: escrow,
      abi: escrowContractAbi,
      functionName: 'longestDispute',
    } as const
    assert.ok((await publicClient.readContract(granted)) > longest)
    const [fee, stake] = await publicClient.readContract({
      ...court,
      functionName: 'courtRule',
      args: [token as Address],
    })
    assert.deepEqual({ seatFee: fee, seatStake: stake }, LOCAL_COURT.rule)
    const settings = await publicClient.readContract({ ...court, functionName: 'settings' })
    assert.deepEqual(settings, LOCAL_COURT.settings)
  })

  it('take an agreement from funding to release, signed by the node itself', async () => {
    const { escrow, reputation, disputeArbiter, token } = await deployContracts(clients, options)
    const money = { address: token as Address, abi: testTokenAbi } as const
    const inEscrow = { address: escrow, abi: escrowContractAbi } as const
    const { payer: requester, payee: provider, publicClient } = clients
    const digest = createDigester({ chainId: CHAIN_ID, verifyingContract: lower(disputeArbiter) })
    const sign = <Name extends TypedName>(
      by: typeof payer,
      name: Name,
      message: TypedMessage<Name>,
    ) => by.sign({ hash: digest(name, message) })
    const mined = async (hash: Promise<Hex>) =>
      publicClient.waitForTransactionReceipt({ hash: await hash })
    const stake = { address: reputation, abi: reputationContractAbi } as const
    for (const [agent, spender, amount] of [
      [requester, escrow, PRICE + BONUS],
      [provider, reputation, STAKE],
    ] as const) {
      const args = [agent.account.address, amount] as const
      await mined(agent.writeContract({ ...money, functionName: 'mint', args }))
      await mined(
        agent.writeContract({ ...money, functionName: 'approve', args: [spender, amount] }),
      )
    }
    await mined(
      provider.writeContract({ ...stake, functionName: 'deposit', args: [money.address, STAKE] }),
    )
    const now = Number((await publicClient.getBlock()).timestamp)
    const agreement: Agreement = {
      auctionId: bytes32('auction'),
      taskHash: bytes32('task'),
      engineHash: bytes32('engine'),
      requester: lower(payer.address),
      provider: lower(payee.address),
      token: lower(money.address),
      basePrice: 10n,
      pricePerMfuel: 2n,
      maxPrice: PRICE,
      maxFuel: 45_000_000n,
      sliceFuel: 4_500_000n,
      prepaid: 0n,
      startBy: now + 600,
      deliverBy: now + 3600,
      reviewSeconds: 60,
      settlement: 1,
      channelId: ZERO_HASH,
      stake: STAKE,
      providerSeq: 0n,
      salt: bytes32('salt'),
    }
    const funding = await mined(
      requester.writeContract({
        ...inEscrow,
        functionName: 'fund',
        args: [
          agreement,
          await sign(payer, 'Agreement', agreement),
          await sign(payee, 'Agreement', agreement),
        ],
      }),
    )
    const [funded] = parseEventLogs({
      abi: escrowContractAbi,
      eventName: 'Funded',
      logs: funding.logs,
    })
    assert.equal(funded?.args.agreementHash, digest('Agreement', agreement))
    const [terms, id] = await publicClient.readContract({
      ...inEscrow,
      functionName: 'termsOf',
      args: [agreement],
    })
    assert.equal(id, funded?.args.id)
    const receipt: Receipt = {
      agreementHash: digest('Agreement', agreement),
      resultHash: bytes32('result'),
      outcome: 0,
      exitCode: 0,
      fuelUsed: 25_000_001n,
      cost: 61n,
      finishedAt: now + 1,
    }
    await mined(
      provider.writeContract({
        ...inEscrow,
        functionName: 'deliver',
        args: [terms, receipt, await sign(payee, 'Receipt', receipt)],
      }),
    )
    const { logs } = await mined(
      requester.writeContract({ ...inEscrow, functionName: 'release', args: [terms] }),
    )
    const [paid] = parseEventLogs({ abi: escrowContractAbi, eventName: 'Paid', logs })
    assert.deepEqual(
      { ...paid?.args },
      { id, outcome: 3, toProvider: 61n + BONUS, toRequester: PRICE - 61n },
    )
    const [, committed] = await publicClient.readContract({
      ...stake,
      functionName: 'accountOf',
      args: [money.address, payee.address],
    })
    assert.equal(committed, 0n)
  })
})
