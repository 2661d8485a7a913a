import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { ChainCall } from '../../node/ports/index.ts'
import { channelIdOf, ZERO_ADDRESS } from '../../protocols/common/index.ts'
import { type ChainActs, type ChainStage, createChainActs, refusal, WINDOW } from './chain-acts.ts'

type Wait = PromiseWithResolvers<void>
type Waits = [Wait, Wait, Wait]

/** Channels both ways, and acting for others: on whatever chain the stage brings. */
export const describeTowers = (name: string, setStage: () => Promise<ChainStage>): void => {
  describe(`a chain with channels both ways and towers (${name})`, () => {
    let stage: ChainStage
    let acts: ChainActs

    before(async () => {
      stage = await setStage()
      acts = createChainActs(stage)
    })
    after(() => (stage as ChainStage | undefined)?.stop())

    const laterThan = async (seconds: number) =>
      (await stage.payer.chain.head()).timestamp + seconds

    it('takes deposits of both sides, and shows the second where SIMPLEX has the claims', async () => {
      const { payee } = stage
      const params = await acts.openBothWays(60n, 40n)
      const channelId = channelIdOf(params)
      const state = await payee.chain.channel(channelId)
      assert.deepEqual(state, { status: 'open', deposit: 60n, claimed: 40n, epoch: 0, closeAt: 0 })
      await acts.carryOut(payee.chain, { type: 'fund-channel', params, amount: 5n })
      const events = await acts.seen(payee.chain, params, 'channel-funded')
      assert.deepEqual(
        events.slice(1, 2).map(({ block: _, transaction: __, ...event }) => event),
        [{ type: 'channel-funded', channelId, by: 'B', amount: 40n, deposit: 40n }],
      )
    })

    it('lets partyB open one', async () => {
      const { payee } = stage
      const params = { ...acts.aParams(), mode: 0 }
      await acts.allow(payee.chain, 7n)
      await acts.carryOut(payee.chain, { type: 'open-channel', params, amount: 7n })
      const { deposit, claimed } = await payee.chain.channel(channelIdOf(params))
      assert.deepEqual([deposit, claimed], [0n, 7n])
    })

    it('lets nobody claim from one while it is open', async () => {
      const { payee } = stage
      const params = await acts.openBothWays(10n, 10n)
      const claim = acts.aPromise(params, 5n)
      await assert.rejects(
        payee.chain.prepare({ type: 'claim', claim }),
        refusal(/^ModeNotSupported\(0\)$/),
      )
    })

    it('rebases one: money leaves, the deposits change, the epoch goes on', async () => {
      const { payer, payee } = stage
      const before = [await acts.tokensOf(payer), await acts.tokensOf(payee)] as const
      const params = await acts.openBothWays(60n, 40n)
      const channelId = channelIdOf(params)
      const money = { newDepA: 20n, newDepB: 50n, outA: 25n, outB: 5n }
      const terms = { channelId, epoch: 0, ...money, validUntil: await laterThan(300) }
      const digest = acts.digester()('Rebase', terms)
      const signatureA = payer.signer.sign(digest)
      const signatureB = payee.signer.sign(digest)
      const forged: ChainCall = {
        type: 'rebase',
        params,
        rebase: { terms, signatureA, signatureB: signatureA },
      }
      await assert.rejects(payer.chain.prepare(forged), refusal(/^NotSignedBy\(/))
      const rebase = { terms, signatureA, signatureB }
      await acts.carryOut(payer.chain, { type: 'rebase', params, rebase })
      assert.deepEqual(await payer.chain.channel(channelId), {
        status: 'open',
        deposit: 20n,
        claimed: 50n,
        epoch: 1,
        closeAt: 0,
      })
      assert.equal(await acts.tokensOf(payer), before[0] - 35n)
      assert.equal(await acts.tokensOf(payee), before[1] - 35n)
      await assert.rejects(
        payer.chain.prepare({ type: 'rebase', params, rebase }),
        refusal(/^WrongEpoch\(0, 1\)$/),
      )
      const events = await acts.seen(payee.chain, params, 'channel-rebased')
      const { block: _, transaction: __, ...last } = events.at(-1) as (typeof events)[number]
      const deposits = { depositA: 20n, depositB: 50n, outA: 25n, outB: 5n }
      assert.deepEqual(last, { type: 'channel-rebased', channelId, epoch: 1, ...deposits })
    })

    it('settles one by the promises of both sides', async () => {
      const { payer, payee } = stage
      const before = [await acts.tokensOf(payer), await acts.tokensOf(payee)] as const
      const params = await acts.openBothWays(50n, 50n)
      await acts.carryOut(payer.chain, {
        type: 'start-close',
        params,
        promise: acts.aPromiseByB(params, 12n).promise,
      })
      await acts.carryOut(payee.chain, { type: 'respond', claim: acts.aPromise(params, 42n) })
      const promised = await payee.chain.promised(channelIdOf(params))
      assert.deepEqual(promised, { fromA: 42n, fromB: 12n })
      await stage.pass(WINDOW + 1)
      await acts.carryOut(payee.chain, { type: 'settle-channel', params })
      assert.equal(await acts.tokensOf(payer), before[0] - 30n)
      assert.equal(await acts.tokensOf(payee), before[1] + 30n)
    })

    // The payer's own account is the tower here: any account may be one.
    const aTowerClaim = async (sent: bigint) => {
      const params = await acts.open(100n)
      const tower = stage.payer.signer.address
      const by = stage.payee.signer
      const validUntil = await laterThan(1_000)
      const authority = acts.leaveFor(params, { tower, by, validUntil })
      return { ...acts.aPromise(params, sent), authority }
    }

    it('claims for a client, alone and in a batch; the money is the client’s', async () => {
      const { payer, payee } = stage
      const before = await acts.tokensOf(payee)
      const [first, second] = [await aTowerClaim(3n), await aTowerClaim(4n)]
      await acts.carryOut(payer.chain, { type: 'claim-for', claim: first })
      const stranger = acts.leaveFor(second.params, {
        tower: payer.signer.address,
        by: payer.signer,
        validUntil: await laterThan(1_000),
      })
      const claims = [first, { ...second, authority: stranger }, second]
      await acts.carryOut(payer.chain, { type: 'claim-batch-for', claims })
      assert.equal(await acts.tokensOf(payee), before + 7n)
    })

    it('acts for nobody without leave, or after it has ended', async () => {
      const { payer, payee } = stage
      const claim = await aTowerClaim(3n)
      await assert.rejects(
        payee.chain.prepare({ type: 'claim-for', claim }),
        refusal(/^NotTower\(/),
      )
      const tower = payer.signer.address
      const over = acts.leaveFor(claim.params, { tower, by: payee.signer, validUntil: 1 })
      await assert.rejects(
        payer.chain.prepare({ type: 'claim-for', claim: { ...claim, authority: over } }),
        refusal(/^AuthorityExpired\(1, /),
      )
    })

    it('answers a closing for a client', async () => {
      const { payer, payee } = stage
      const before = await acts.tokensOf(payee)
      const claim = await aTowerClaim(33n)
      const { params } = claim
      await acts.carryOut(payer.chain, { type: 'start-close', params, promise: null })
      await acts.carryOut(payer.chain, { type: 'respond-for', claim })
      await stage.pass(WINDOW + 1)
      await acts.carryOut(payer.chain, { type: 'settle-channel', params })
      assert.equal(await acts.tokensOf(payee), before + 33n)
    })

    it('tells what a reorganisation of three blocks took back, and what came instead', async () => {
      const { payer } = stage
      const params = await acts.open(10n)
      const channelId = channelIdOf(params)
      await stage.pass(1)
      await stage.pass(1)
      await stage.pass(1)
      const told: string[] = []
      const progress: number[] = []
      const [heard, undone, again] = [1, 2, 3].map(() => Promise.withResolvers<void>()) as Waits
      const steps = new Map([
        ['channel-opened,channel-funded', heard],
        ['channel-opened,channel-funded,channel-undone', undone],
        ['channel-opened,channel-funded,channel-undone,channel-funded', again],
      ])
      const stop = payer.chain.watch(
        0,
        (event) => {
          if (event.channelId !== channelId) return
          told.push(event.type)
          steps.get(told.join())?.resolve()
        },
        (block) => progress.push(block),
      )
      const funding: ChainCall = { type: 'fund-channel', params, amount: 5n }
      const { block } = await acts.carryOut(payer.chain, funding)
      await heard.promise
      // Blocks may come between the look and the reorganisation, and then it was too short.
      while (!told.includes('channel-undone')) {
        const head = await payer.chain.head()
        await stage.reorganise(Math.max(3, head.block - block + 1))
        await stage.pass(1)
      }
      await undone.promise
      assert.equal((await payer.chain.channel(channelId)).deposit, 10n)
      await acts.carryOut(payer.chain, { type: 'fund-channel', params, amount: 7n })
      await again.promise
      stop()
      assert.ok(progress.length > 0)
      assert.equal((await payer.chain.channel(channelId)).deposit, 17n)
    })

    it('keeps a payout that was refused as credit until it is fetched', async () => {
      const { payer, payee } = stage
      const nativeOf = async () => (await payer.chain.balances(payee.signer.address)).native
      const params = await acts.open(10n ** 15n, ZERO_ADDRESS)
      const claim = acts.aPromise(params, 10n ** 15n)
      await acts.carryOut(payee.chain, { type: 'start-close', params, promise: claim.promise })
      await stage.pass(WINDOW + 1)
      await stage.refusePayouts(true)
      await acts.carryOut(payer.chain, { type: 'settle-channel', params })
      assert.equal(await payee.chain.credit(ZERO_ADDRESS), 10n ** 15n)
      await stage.refusePayouts(false)
      const before = await nativeOf()
      await acts.carryOut(payee.chain, { type: 'withdraw-credit', token: ZERO_ADDRESS })
      assert.equal(await payee.chain.credit(ZERO_ADDRESS), 0n)
      assert.ok((await nativeOf()) > before)
    })
  })
}
