import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { settle } from '../../fakes/clock.ts'
import {
  type Agent,
  balancesOf,
  type Cut,
  callsOf,
  createTestWorld,
  faultOf,
  hashOf,
  join,
  type Pair,
  stopAll,
} from './two-agents.ts'

// A node dies around its k-th act (a write to disk, a question to the peer, a call to the chain), either just before the act or after
// it took effect and before the node could know. Then it starts again on what is on its disk, and whoever drove it asks again for the
// step that was under way.

type Side = 'ann' | 'bob'
type Moment = 'before' | 'after'

const never = <T>(): Promise<T> => new Promise(() => {})

const createCut = (at: number, moment: Moment) => {
  let acts = 0
  let isDead = false
  const death = Promise.withResolvers<void>()
  const die = <T>(): Promise<T> => {
    isDead = true
    death.resolve()
    return never()
  }
  const cut: Cut = async (act) => {
    if (isDead) return never()
    acts += 1
    if (acts !== at) return act()
    if (moment === 'before') return die()
    const done = act()
    await done.catch(() => {})
    return die()
  }
  return { cut, death: death.promise, acts: () => acts }
}

type Step = (pair: Pair) => Promise<unknown>

const keyOf = (name: string) => hashOf(`auction ${name}`)
const agreementOf = (name: string) => hashOf(`agreement ${name}`)

const begin =
  (name: string, amount: bigint): Step =>
  async ({ ann, bob }) => {
    const key = keyOf(name)
    const { channelId } = await ann.keeper.reserve({ provider: bob.address, amount, key })
    await ann.keeper.confirm(key)
    const agreementHash = agreementOf(name)
    await bob.keeper.back({ channelId, agreementHash, amount, payer: ann.address })
  }

const pay =
  (name: string, paid: bigint): Step =>
  async ({ ann, bob }) => {
    const order = { key: keyOf(name), agreementHash: agreementOf(name), paid }
    await ann.keeper.pay({ ...order, memo: hashOf(`${name} ${paid}`) })
    assert.equal(await bob.keeper.paidFor(order.agreementHash), paid)
  }

const end =
  (name: string): Step =>
  async ({ ann, bob }) => {
    await bob.keeper.finish(agreementOf(name))
    await ann.keeper.release(keyOf(name))
  }

const refund =
  (name: string, amount: bigint): Step =>
  async ({ ann, bob }) => {
    const refunded = await bob.keeper.refund(agreementOf(name))
    assert.equal(refunded?.message.amount, amount)
    if (ann.keeper.list()[0]?.credit !== amount.toString()) throw new Error('not heard yet')
  }

const close: Step = async ({ ann }) => {
  for (const { channelId } of ann.keeper.list()) {
    const { phase } = await ann.keeper.close(channelId)
    if (phase !== 'closed') throw new Error('not closed yet')
  }
}

const story: readonly Step[] = [
  begin('one', 60n),
  pay('one', 10n),
  begin('two', 50n),
  pay('two', 15n),
  pay('one', 35n),
  refund('two', 15n),
  end('two'),
  end('one'),
  begin('three', 30n),
  pay('three', 30n),
  end('three'),
  close,
]

/** Takes a step until it succeeds, turning the clock and starting again what has died. */
const take = async (pair: Pair, step: Step, revive: () => Promise<void>): Promise<void> => {
  let lastCode = ''
  for (let attempt = 0; attempt < 12; attempt++) {
    let result = ''
    const outcome = step(pair).then(
      () => {
        result = 'done'
      },
      (error) => {
        result = `${faultOf(error)} ${error}`
      },
    )
    for (let turn = 0; turn < 40 && result === ''; turn++) {
      await settle()
      await revive()
      if (turn > 2) await pair.clock.advance(2_000)
    }
    if (result === 'done') return outcome
    lastCode = result
    await pair.clock.advance(2_000)
  }
  assert.fail(`a step never succeeded: ${lastCode}`)
}

const watchPromises = ({ network, ann }: Pair) => {
  const memos = new Map<string, string>()
  network.intercept(({ type, body, from }) => {
    const isHers = type === 'pay' && from === ann.address
    for (const [, signed] of isHers ? (body as [unknown, unknown][]) : []) {
      if (signed === null) continue
      const [fields, signature] = signed as [Uint8Array[], Uint8Array]
      const sent = Buffer.from(fields[3] as Uint8Array).toString('hex')
      const text = Buffer.from(signature).toString('hex')
      assert.equal(memos.get(sent) ?? text, text, 'two promises of one amount')
      memos.set(sent, text)
    }
    return 'deliver'
  })
  return () => Math.max(...[...memos.keys()].map((hex) => Number.parseInt(hex, 16)))
}

type Death = { at: number; moment: Moment }

const live = async (deaths: Partial<Record<Side, Death>>) => {
  const world = createTestWorld()
  const agents = {} as Record<Side, Agent>
  const start = async (name: Side) => {
    const { at, moment } = deaths[name] ?? { at: 0, moment: 'before' }
    const { cut, death, acts } = createCut(at, moment)
    const newborn = join(world, name, { cut })
    const agent = (await Promise.race([newborn, death])) ?? (await join(world, name))
    agents[name] = agent
    let isDead = false
    // Whoever died while starting has already been started again.
    if ((await Promise.race([death.then(() => 'dead'), null])) === null) {
      death.then(
        () => {
          isDead = true
          agent.disconnect()
        },
        () => {},
      )
    }
    const revive = async () => {
      if (!isDead) return
      isDead = false
      await agent.restart()
    }
    return { acts, revive }
  }
  const ann = await start('ann')
  const bob = await start('bob')
  const pair: Pair = { ...world, ...agents }
  const greatest = watchPromises(pair)
  const revive = async () => {
    await ann.revive()
    await bob.revive()
  }
  for (const step of story) await take(pair, step, revive)
  // Not rest(): a question to a dead handler never settles.
  await pair.clock.advance(120_000)
  return { pair, acts: { ann: ann.acts(), bob: bob.acts() }, greatest: greatest() }
}

const verify = ({ pair, greatest }: Awaited<ReturnType<typeof live>>) => {
  assert.deepEqual(balancesOf(pair), { ann: -65n, bob: 65n })
  assert.equal(greatest, 65)
  const { paymentChannel } = pair.chain.identity.contracts
  assert.equal(pair.chain.balanceOf(paymentChannel), 0n)
  for (const { keeper } of [pair.ann, pair.bob]) {
    const channels = keeper.list()
    assert.equal(channels.length, 1)
    assert.deepEqual(
      channels.map(({ phase, sent, payB, deals }) => ({ phase, sent, payB, deals })),
      [{ phase: 'closed', sent: '65', payB: '65', deals: 0 }],
    )
  }
  // A payee that dies over the close leaves the payer to begin alone; they still end it together.
  const calls = callsOf(pair).filter((type) => type !== 'start-close' && type !== 'respond')
  assert.deepEqual(calls, ['open-channel', 'fund-channel', 'coop-close'])
}

const endsTheSame = async (deaths: Partial<Record<Side, Death>>): Promise<void> => {
  try {
    const run = await live(deaths)
    verify(run)
    await stopAll(run.pair)
  } catch (error) {
    throw new Error(`deaths: ${JSON.stringify(deaths)}`, { cause: error })
  }
}

describe('a story of three deals, a top-up, a refund and a close', () => {
  const moments = ['before', 'after'] as const
  const undisturbed = async () => {
    const run = await live({})
    verify(run)
    await stopAll(run.pair)
    return run.acts
  }

  for (const victim of ['ann', 'bob'] as const) {
    const who = victim === 'ann' ? 'the payer' : 'the payee'
    for (const moment of moments) {
      it(`ends the same wherever ${who} dies, ${moment} the act`, async () => {
        const acts = await undisturbed()
        assert.ok(acts[victim] > 20)
        for (let at = 1; at <= acts[victim]; at++) await endsTheSame({ [victim]: { at, moment } })
      })
    }
  }

  it('ends the same wherever both die', async () => {
    const acts = await undisturbed()
    for (let at = 1; at <= acts.ann; at++) {
      const other = 1 + ((at * 7) % acts.bob)
      const [first, second] = at % 2 === 0 ? moments : [...moments].reverse()
      await endsTheSame({
        ann: { at, moment: first as Moment },
        bob: { at: other, moment: second as Moment },
      })
    }
  })
})
