import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { EXIT } from '../../../node/cli/exit-codes.ts'
import { aCommandLine, aMachineReport } from '../../builders/cli.ts'
import { stopControlPort } from '../../builders/control-app.ts'

type Kit = Awaited<ReturnType<typeof aCommandLine>>

describe('souk bench-machine', () => {
  let kit: Kit
  beforeEach(async () => {
    kit = await aCommandLine()
  })
  afterEach(() => stopControlPort(kit.control))

  it('shows each speed, and how the price came about', async () => {
    const { code, stdout, stderr } = await kit.souk('bench-machine')
    assert.equal(code, 0)
    assert.match(stderr, /measured mixing\nsouk: measured chasing/)
    assert.match(stdout, /mixing +3,577 +arithmetic\n +chasing +46 +reads that wait/)
    assert.match(stdout, /2 workers x 91 Mfuel\/s x 3,600 s x 50 % .* = 327,600 Mfuel in an hour/)
    assert.match(stdout, /0\.05 tokens an hour \+ 20 %.* = 0\.000000183150 tokens per Mfuel/)
    assert.match(stdout, /market\.pricePerMfuel: 0\.000001\n +market\.speedMfuelPerSecond: 91\n/)
    assert.deepEqual(kit.calls, ['settings {}', 'bench 6'])
  })

  it('takes the cost and the decimals of the token from the command line', async () => {
    await kit.souk('bench-machine', '--cost-per-hour', '0.40', '--decimals', '18')
    assert.deepEqual(kit.calls, ['settings {"market.costPerHour":"0.40"}', 'bench 18'])
    assert.equal((await kit.souk('bench-machine', '--decimals', 'six')).code, EXIT.badInput)
  })

  it('writes price and speed into the settings file where asked to', async () => {
    const { stderr } = await kit.souk('bench-machine', '--write', '--config', 'my.yaml', '--json')
    assert.match(stderr, /written to my\.yaml/)
    assert.equal(
      kit.calls.at(-1),
      'write {"file":"my.yaml","market.pricePerMfuel":"0.000001","market.speedMfuelPerSecond":91}',
    )
  })

  it('gives everything to programs', async () => {
    const { stdout } = await kit.souk('bench-machine', '--json')
    assert.deepEqual(JSON.parse(stdout), aMachineReport)
  })
})
