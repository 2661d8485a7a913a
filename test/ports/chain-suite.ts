import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { ChainCall } from '../../node/ports/index.ts'
import { type Address, channelIdOf, ZERO_ADDRESS, ZERO_HASH } from '../../protocols/common/index.ts'
import { type ChainActs, type ChainStage, createChainActs, refusal, WINDOW } from './chain-acts.ts'

/** What every implementation of the port does, on whatever chain the stage brings. */
export const describeChain = (name: string, setStage: () => Promise<ChainStage>): void => {
  describe(`a chain (${name})`, () => {
    let stage: ChainStage
    let acts: ChainActs

    before(async () => {
      stage = await setStage()
      acts = createChainActs(stage)
      await stage.payer.chain.start()
      await stage.payee.chain.start()
    })
    // Unset when the stage could not be built.
    after(() => (stage as ChainStage | undefined)?.stop())

    it('tells its head, and that time goes on', async () => {
      const { block, timestamp } = await stage.payer.chain.head()
      await stage.pass(5)
      const later = await stage.payer.chain.head()
      assert.ok(later.block >= block)
      assert.ok(later.timestamp >= timestamp + 5)
    })

    it('knows no channel that was never opened', async () => {
      assert.deepEqual(await stage.payer.chain.channel(channelIdOf(acts.aParams())), {
        status: 'none',
        deposit: 0n,
        claimed: 0n,
        epoch: 0,
        closeAt: 0,
      })
    })

    it('knows a transaction’s hash before it is sent, and nothing of it until then', async () => {
      const { chain } = stage.payer
      const call: ChainCall = {
        type: 'approve-token',
        spender: ZERO_HASH.slice(0, 41).concat('1') as Address,
        amount: 3n,
      }
      const transaction = await chain.prepare(call)
      assert.deepEqual(await chain.outcome(transaction.hash), { status: 'unknown' })
      await chain.broadcast(transaction)
      await chain.broadcast(transaction)
      const outcome = await acts.ended(chain, transaction.hash)
      assert.equal(outcome.status, 'done')
      await chain.broadcast(transaction)
      assert.deepEqual(await chain.outcome(transaction.hash), outcome)
      assert.equal(await chain.allowance(call.spender), 3n)
    })

    it('says when another transaction used the nonce', async () => {
      const { chain } = stage.payer
      const spender = stage.payee.signer.address
      const lost = await chain.prepare({ type: 'approve-token', spender, amount: 1n })
      await acts.carryOut(chain, { type: 'approve-token', spender, amount: 2n })
      await assert.rejects(chain.broadcast(lost), { code: 'NONCE_TAKEN' })
      assert.deepEqual(await chain.outcome(lost.hash), { status: 'unknown' })
    })

    it('gives the same call a higher fee under another hash, as much as the cap allows', async () => {
      const { chain } = stage.payer
      const { base, tip, usualBase } = await chain.fees()
      assert.ok(base >= 0n && tip > 0n && usualBase >= 0n)
      const spender = `0x${'77'.repeat(20)}` as Address
      const cheap = { cap: base + tip, tipPercent: 100 }
      const first = await chain.prepare(
        { type: 'approve-token', spender, amount: 8n },
        { fees: cheap },
      )
      await assert.rejects(chain.reprice(first, cheap), { code: 'FEE_TOO_HIGH' })
      const second = await chain.reprice(first, { cap: (base + tip) * 10n, tipPercent: 200 })
      assert.equal(second.nonce, first.nonce)
      assert.notEqual(second.hash, first.hash)
      await chain.broadcast(second)
      assert.equal((await acts.ended(chain, second.hash)).status, 'done')
      assert.equal(await chain.allowance(spender), 8n)
      await assert.rejects(chain.broadcast(first), { code: 'NONCE_TAKEN' })
    })

    it('does not offer more than the cap', async () => {
      const { chain } = stage.payer
      const call: ChainCall = { type: 'approve-token', spender: ZERO_ADDRESS, amount: 1n }
      const fees = { cap: 0n, tipPercent: 100 }
      await assert.rejects(
        chain.prepare({ ...call, spender: stage.payee.signer.address }, { fees }),
        {
          code: 'FEE_TOO_HIGH',
        },
      )
    })

    it('uses no nonce that is known to be used', async () => {
      const { chain } = stage.payer
      const call: ChainCall = {
        type: 'approve-token',
        spender: stage.payee.signer.address,
        amount: 1n,
      }
      const { nonce } = await chain.prepare(call)
      assert.equal((await chain.prepare(call, { nonceAtLeast: nonce + 3 })).nonce, nonce + 3)
      assert.equal((await chain.prepare(call, { nonceAtLeast: 0 })).nonce, nonce)
    })

    it('refuses a deposit without an allowance', async () => {
      const { chain } = stage.payee
      const params = {
        ...acts.aParams(),
        partyA: stage.payee.signer.address,
        partyB: stage.payer.signer.address,
      }
      await assert.rejects(
        chain.prepare({ type: 'open-channel', params, amount: 5n }),
        refusal(/^ERC20InsufficientAllowance\(/),
      )
    })

    it('opens, funds, pays claims and closes together', async () => {
      const { payer, payee } = stage
      const before = [await acts.tokensOf(payer), await acts.tokensOf(payee)] as const
      const params = await acts.open(100n)
      await acts.carryOut(payer.chain, { type: 'fund-channel', params, amount: 50n })
      await acts.carryOut(payee.chain, { type: 'claim', claim: acts.aPromise(params, 30n) })
      const state = await payee.chain.channel(channelIdOf(params))
      assert.deepEqual(state, { status: 'open', deposit: 150n, claimed: 30n, epoch: 0, closeAt: 0 })
      const { timestamp } = await payer.chain.head()
      const channelId = channelIdOf(params)
      const validUntil = timestamp + 500
      const terms = { channelId, epoch: 0, payA: 110n, payB: 10n, validUntil }
      const digest = acts.digester()('CoopClose', terms)
      const close = {
        terms,
        signatureA: payer.signer.sign(digest),
        signatureB: payee.signer.sign(digest),
      }
      await acts.carryOut(payee.chain, { type: 'coop-close', params, close })
      assert.equal((await payer.chain.channel(channelId)).status, 'closed')
      assert.equal(await acts.tokensOf(payer), before[0] - 40n)
      assert.equal(await acts.tokensOf(payee), before[1] + 40n)
      const events = await acts.seen(payer.chain, params, 'channel-settled')
      assert.deepEqual(
        events.map(({ block: _, transaction: __, ...event }) => event),
        [
          { type: 'channel-opened', channelId, params, deposit: 100n },
          { type: 'channel-funded', channelId, by: 'A', amount: 50n, deposit: 150n },
          { type: 'channel-claimed', channelId, sent: 30n, paid: 30n },
          { type: 'channel-settled', channelId, payA: 110n, payB: 10n },
        ],
      )
    })

    it('closes alone after the window, with the payee’s answer heard', async () => {
      const { payer, payee } = stage
      const before = [await acts.tokensOf(payer), await acts.tokensOf(payee)] as const
      const params = await acts.open(100n)
      await acts.carryOut(payer.chain, { type: 'start-close', params, promise: null })
      const id = channelIdOf(params)
      const { status, closeAt } = await payee.chain.channel(id)
      assert.equal(status, 'closing')
      const { timestamp } = await payee.chain.head()
      assert.ok(closeAt > timestamp && closeAt <= timestamp + WINDOW)
      await assert.rejects(
        payer.chain.prepare({ type: 'settle-channel', params }),
        refusal(/^WindowNotOver\(/),
      )
      await acts.carryOut(payee.chain, { type: 'respond', claim: acts.aPromise(params, 70n) })
      assert.deepEqual(await payee.chain.promised(id), { fromA: 70n, fromB: 0n })
      await stage.pass(WINDOW + 1)
      await assert.rejects(
        payee.chain.prepare({ type: 'respond', claim: acts.aPromise(params, 80n) }),
        refusal(/^WindowOver\(/),
      )
      await acts.carryOut(payer.chain, { type: 'settle-channel', params })
      assert.equal(await acts.tokensOf(payer), before[0] - 70n)
      assert.equal(await acts.tokensOf(payee), before[1] + 70n)
      const events = await acts.seen(payee.chain, params, 'channel-settled')
      assert.deepEqual(
        events.map(({ type }) => type),
        ['channel-opened', 'channel-closing', 'channel-responded', 'channel-settled'],
      )
    })

    it('lets the payee start the close with its promise', async () => {
      const { payer, payee } = stage
      const before = await acts.tokensOf(payee)
      const params = await acts.open(20n)
      const { promise } = acts.aPromise(params, 500n)
      await acts.carryOut(payee.chain, { type: 'start-close', params, promise })
      await stage.pass(WINDOW + 1)
      await acts.carryOut(payer.chain, { type: 'settle-channel', params })
      assert.equal(await acts.tokensOf(payee), before + 20n)
    })

    it('claims from several channels at once and skips what is bad', async () => {
      const { payee } = stage
      const [first, second] = [await acts.open(10n), await acts.open(10n)]
      const before = await acts.tokensOf(payee)
      const claims = [
        acts.aPromise(first, 4n),
        acts.aPromise(second, 5n, payee.signer),
        acts.aPromise(second, 6n),
        acts.aPromise(second, 6n),
      ]
      await acts.carryOut(payee.chain, { type: 'claim-batch', claims })
      assert.equal(await acts.tokensOf(payee), before + 10n)
    })

    it('takes deposits in the native coin', async () => {
      const { payer, payee } = stage
      const nativeOf = async () => (await payee.chain.balances(payee.signer.address)).native
      const params = await acts.open(9n * 10n ** 15n, ZERO_ADDRESS)
      await acts.carryOut(payer.chain, { type: 'fund-channel', params, amount: 10n ** 15n })
      const before = await nativeOf()
      await acts.carryOut(payee.chain, {
        type: 'claim',
        claim: acts.aPromise(params, 8n * 10n ** 15n),
      })
      // Gas may have been paid from the same account.
      assert.ok((await nativeOf()) > before + 7n * 10n ** 15n)
    })

    it('refuses, with the contract’s reason, what its rules forbid', async () => {
      const { payer, payee } = stage
      const params = await acts.open(10n)
      const reopened: ChainCall = { type: 'open-channel', params, amount: 10n }
      const nothing: ChainCall = { type: 'fund-channel', params, amount: 0n }
      const byPayer: ChainCall = { type: 'claim', claim: acts.aPromise(params, 5n) }
      const forged: ChainCall = { type: 'claim', claim: acts.aPromise(params, 5n, payee.signer) }
      const notYet: ChainCall = { type: 'settle-channel', params }
      const tooShort: ChainCall = {
        type: 'open-channel',
        params: { ...acts.aParams(), window: 0 },
        amount: 1n,
      }
      const noCredit: ChainCall = { type: 'withdraw-credit', token: params.token }
      await assert.rejects(
        payer.chain.prepare(reopened),
        refusal(/^AlreadyUsed\(0x[0-9a-f]{64}\)$/),
      )
      await assert.rejects(payer.chain.prepare(nothing), refusal(/^AmountMissing\(\)$/))
      await assert.rejects(payer.chain.prepare(byPayer), refusal(/^NotPayee\(0x[0-9a-f]{40}, /))
      await assert.rejects(payee.chain.prepare(forged), refusal(/^NotSignedBy\(/))
      await assert.rejects(
        payer.chain.prepare(notYet),
        refusal(/^WrongStatus\(0x[0-9a-f]{64}, 1\)$/),
      )
      await assert.rejects(payer.chain.prepare(tooShort), refusal(/^WindowOutOfRange\(/))
      await assert.rejects(payee.chain.prepare(noCredit), refusal(/^NoCredit\(/))
      await acts.carryOut(payee.chain, { type: 'claim', claim: acts.aPromise(params, 5n) })
      const again: ChainCall = { type: 'claim', claim: acts.aPromise(params, 5n) }
      await assert.rejects(payee.chain.prepare(again), refusal(/^NothingToClaim\(5, 5\)$/))
    })

    it('tells why a transaction failed that its simulation had allowed', async () => {
      const { payer, payee } = stage
      const params = await acts.open(10n)
      // Both are prepared before either is sent; they belong to two accounts, so both are mined.
      const claim = await payee.chain.prepare({ type: 'claim', claim: acts.aPromise(params, 10n) })
      const close = await payer.chain.prepare({ type: 'start-close', params, promise: null })
      await payer.chain.broadcast(close)
      await acts.ended(payer.chain, close.hash)
      await stage.pass(WINDOW + 1)
      await payee.chain.broadcast(claim)
      const outcome = await acts.ended(payee.chain, claim.hash)
      assert.equal(outcome.status, 'reverted')
      assert.match(outcome.status === 'reverted' ? outcome.reason : '', /^WindowOver\(/)
    })

    it('watches only from the block asked for, and not after the watch has ended', async () => {
      const { payer } = stage
      const old = await acts.open(10n)
      const { block } = await acts.carryOut(payer.chain, {
        type: 'fund-channel',
        params: old,
        amount: 1n,
      })
      const types: string[] = []
      const stop = payer.chain.watch(block, (event) => {
        if (event.channelId === channelIdOf(old)) types.push(event.type)
      })
      await acts.seen(payer.chain, old, 'channel-funded')
      await acts.carryOut(payer.chain, { type: 'fund-channel', params: old, amount: 2n })
      stop()
      await acts.carryOut(payer.chain, { type: 'fund-channel', params: old, amount: 3n })
      assert.ok(!types.includes('channel-opened'))
      assert.ok(types.length <= 2)
    })
  })
}
