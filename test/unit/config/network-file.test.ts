import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { readNetwork } from '../../../config/index.ts'

describe('the networks that come with the node', () => {
  const chainIds = { local: 31_337, sepolia: 11_155_111, polygon: 137, mainnet: 1 } as const
  for (const [network, chainId] of Object.entries(chainIds)) {
    it(`include ${network}`, async () => {
      const name = network as keyof typeof chainIds
      assert.equal((await readNetwork({ network: name, deployment: null })).chainId, chainId)
    })
  }
})

describe('a deployment file', () => {
  let folder: string
  let deployment: string
  const read = () => readNetwork({ network: 'sepolia', deployment })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-config-'))
    deployment = join(folder, 'deployment.json')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('says where the contracts are, in lower case', async () => {
    const paymentChannel = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
    const contracts = { paymentChannel, disputeArbiter: null, token: null, block: 7 }
    await writeFile(deployment, JSON.stringify(contracts))
    const network = await read()
    assert.equal(network.chainId, 11_155_111)
    assert.deepEqual(network.contracts, {
      ...contracts,
      paymentChannel: paymentChannel.toLowerCase(),
      escrow: null,
      reputation: null,
    })
  })

  it('is refused with everything that is wrong in it', async () => {
    await writeFile(deployment, '{"paymentChannel": "0x1", "disputeArbiter": null, "block": -1}')
    await assert.rejects(read(), (error: Error & { code: string }) => {
      assert.equal(error.code, 'CONFIG_INVALID')
      assert.match(error.message, /paymentChannel.*token.*block/s)
      return true
    })
  })

  it('is refused where it cannot be read', async () => {
    await assert.rejects(read(), { code: 'CONFIG_INVALID', message: /JSON that can be read/ })
    await writeFile(deployment, '{')
    await assert.rejects(read(), { code: 'CONFIG_INVALID', message: /JSON that can be read/ })
  })
})
