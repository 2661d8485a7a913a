import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import type { ConnectedChain } from '../../node/adapters/viem/index.ts'
import type { ChainCall } from '../../node/ports/index.ts'
import { type ChannelParams, channelIdOf } from '../../protocols/common/index.ts'
import { silentLog } from '../fakes/log.ts'
import { createTestSigner } from '../fakes/signer.ts'
import { toPlain } from './plain-call.ts'
import { type AgentPlace, startAgent, startOwnChain } from './settling-agent.ts'

const spender = createTestSigner('spender').address

describe('settlement killed on its way (anvil)', () => {
  let folder: string
  let own: ConnectedChain
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-killed-'))
    own = await startOwnChain(join(folder, 'chain'))
  })
  after(async () => {
    await own?.stop()
    await rm(folder, { recursive: true })
  })

  const killedAt = async (place: AgentPlace, call: ChainCall, phase: string) => {
    const script = join(import.meta.dirname, 'killed-agent.ts')
    const order = JSON.stringify({ place, key: 'fund', call: toPlain(call), phase })
    const child = spawn(process.execPath, [script, order], { stdio: ['ignore', 'ignore', 'pipe'] })
    let complaint = ''
    child.stderr.on('data', (chunk) => {
      complaint += chunk
    })
    const [, signal] = await once(child, 'exit')
    assert.equal(signal, 'SIGKILL', complaint)
  }

  // Between intent and hash, between hash and sending, and between sending and outcome.
  for (const phase of ['intended', 'signed', 'sent']) {
    it(`when its call was ${phase} funds the channel once, and knows its end`, async () => {
      const { deployment, rpcUrls } = own
      const name = `killed-${phase}`
      const place = { name, dataFolder: join(folder, name), rpcUrls, deployment }
      const { address } = createTestSigner(name)
      const params: ChannelParams = {
        ...{ partyA: address, signerA: address, partyB: spender, signerB: spender },
        ...{ token: deployment.token, window: 60, mode: 1, salt: 1n },
      }
      const agent = await startAgent(place, { log: silentLog })
      await agent.settlement.submit('open', { type: 'open-channel', params, amount: 10n })
      await agent.stop()
      const call: ChainCall = { type: 'fund-channel', params, amount: 5n }
      await killedAt(place, call, phase)
      const again = await startAgent(place, { log: silentLog })
      await again.settlement.submit('fund', call)
      const id = channelIdOf(params)
      assert.equal((await again.chain.channel(id)).deposit, 15n)
      assert.equal((await again.chain.balances(address)).token, 9_985n)
      const { items } = await again.settlement.transactions({ subject: id, cursor: null, limit: 9 })
      const funded = items.filter((item) => item.call === 'fund-channel' && item.status === 'done')
      assert.equal(funded.length, 1)
      await again.stop()
    })
  }
})
