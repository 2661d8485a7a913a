// A deployment to a network where money is real, tried on a chain of this machine that bears its number: all that may go wrong on the way.
import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  type Address,
  createTestClient,
  custom,
  formatEther,
  type Hex,
  http,
  type LocalAccount,
  publicActions,
  type Transport,
} from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { readNetworkFile } from '../../config/index.ts'
import { startAnvil } from '../anvil.ts'
import { codeOf } from '../deployment.ts'
import { networks } from '../gas/prices.ts'
import type { Mined } from '../recipe.ts'
import { DeployRefusal, type DeployRun, runDeployment } from './run.ts'

export type Rehearsal = {
  /** config/networks/<network>.json; a copy of it is used. */
  file: string
  say(line: string): void
}

type Stage = Rehearsal & { url: string; folder: string; chain: ReturnType<typeof chainAt> }
/** One deployer with a network file of its own. */
type Attempt = Omit<DeployRun, 'say'> & { account: LocalAccount }

const CONTRACTS = Object.keys(codeOf).length
const NAMES = Object.keys(codeOf) as (keyof typeof codeOf)[]
const BALANCE = 10n ** 21n
/** Answers 6 to whatever it is asked: as decimals() of a USD token. */
const SIX: Hex = '0x60065f5260205ff3'

const chainAt = (url: string) =>
  createTestClient({ mode: 'anvil', transport: http(url), cacheTime: 0 }).extend(publicActions)

const newAttempt = async ({ file, folder, url, chain }: Stage): Promise<Attempt> => {
  const account = privateKeyToAccount(generatePrivateKey())
  await chain.setBalance({ address: account.address, value: BALANCE })
  const copy = join(folder, `${account.address}.json`)
  const network = JSON.parse(await readFile(file, 'utf8'))
  const { token } = network.contracts
  // As before the first deployment, whatever the network's file says by now.
  const contracts = { ...Object.fromEntries(NAMES.map((name) => [name, null])), token, block: null }
  await writeFile(copy, JSON.stringify({ ...network, contracts }, null, 2))
  const owner = privateKeyToAccount(generatePrivateKey()).address
  return { file: copy, transport: http(url), account, owner, mayReplace: false }
}

const run = (attempt: Attempt) => runDeployment({ ...attempt, say: () => undefined })
const placesOf = async ({ file }: Attempt) => (await readNetworkFile(file)).contracts
const sentBy = ({ chain }: Stage, { account: { address } }: Attempt) =>
  chain.getTransactionCount({ address })

const assertComplete = async (stage: Stage, attempt: Attempt) => {
  const { block, ...places } = await placesOf(attempt)
  for (const address of Object.values(places)) {
    assert.notEqual(await stage.chain.getCode({ address: address as Address }), undefined)
  }
  assert.ok(block !== null && block > 0)
}

/** A way to the chain that breaks at this transaction: just before it is sent, or just after. */
const breakingAt = (url: string, at: number, isSent: boolean): Transport => {
  const way = http(url)({})
  let seen = 0
  const request = async (what: { method: string; params?: unknown }) => {
    const breaks = what.method === 'eth_sendRawTransaction' && ++seen === at
    if (breaks && isSent) await way.request(what)
    if (breaks) throw new Error('power cut')
    return way.request(what)
  }
  return custom({ request }, { retryCount: 0 })
}

const costLine = (mined: readonly Mined[], chainId: number): string => {
  const gas = mined.reduce((sum, one) => sum + one.gas, 0n)
  const price = networks.find((network) => network.chainId === chainId)
  if (price === undefined) return `${gas} gas; its coins are free`
  const coins = formatEther(BigInt(Math.round(price.gweiPerGas * 1e9)) * gas)
  const usd = (Number(coins) * price.usdPerCoin).toFixed(2)
  return `${gas} gas: ${coins} coins, ${usd} USD at ${price.gweiPerGas} gwei and ${price.usdPerCoin} USD a coin`
}

const firstRun = async (stage: Stage, attempt: Attempt) => {
  const mined = await run(attempt)
  assert.equal(mined.length, CONTRACTS)
  await assertComplete(stage, attempt)
  for (const { name, gas } of mined) stage.say(`  ${name}: ${gas} gas`)
  const { chainId } = await readNetworkFile(attempt.file)
  stage.say(`  first run: ${CONTRACTS} contracts, ${costLine(mined, chainId)}`)
}

const rerun = async (stage: Stage, attempt: Attempt) => {
  const before = await readFile(attempt.file, 'utf8')
  assert.deepEqual(await run(attempt), [])
  assert.equal(await readFile(attempt.file, 'utf8'), before)
  assert.equal(await sentBy(stage, attempt), CONTRACTS)
  stage.say('  rerun: nothing sent, nothing changed')
}

const interruptedRuns = async (stage: Stage) => {
  for (let at = 1; at <= CONTRACTS; at++) {
    for (const isSent of [false, true]) {
      const attempt = await newAttempt(stage)
      const transport = breakingAt(stage.url, at, isSent)
      await assert.rejects(run({ ...attempt, transport }), /power cut/)
      await run(attempt)
      await assertComplete(stage, attempt)
      assert.equal(await sentBy(stage, attempt), CONTRACTS, 'no contract is placed twice')
    }
  }
  stage.say(
    `  interrupted before and after each of ${CONTRACTS} transactions: goes on, none is placed twice`,
  )
}

const pendingRun = async (stage: Stage) => {
  const attempt = await newAttempt(stage)
  await stage.chain.setAutomine(false)
  await assert.rejects(run({ ...attempt, transport: breakingAt(stage.url, 1, true) }), /power cut/)
  await assert.rejects(run(attempt), DeployRefusal)
  await stage.chain.mine({ blocks: 1 })
  await stage.chain.setAutomine(true)
  await run(attempt)
  assert.equal(await sentBy(stage, attempt), CONTRACTS)
  stage.say('  interrupted and not mined yet: refused until it is')
}

const wrongCode = async (stage: Stage, attempt: Attempt) => {
  const places = await placesOf(attempt)
  for (const name of NAMES) {
    const address = places[name] as Address
    const code = (await stage.chain.getCode({ address })) as Hex
    await stage.chain.setCode({ address, bytecode: `${code.slice(0, -2)}fe` as Hex })
    await assert.rejects(run(attempt), (error) => {
      assert.ok(error instanceof DeployRefusal && error.message.includes(codeOf[name].name))
      return true
    })
    await stage.chain.setCode({ address, bytecode: code })
  }
  assert.equal(await sentBy(stage, attempt), CONTRACTS)
  stage.say(`  wrong code at any of ${CONTRACTS} places: refused, nothing sent`)
}

const wrongOwner = async (stage: Stage, attempt: Attempt) => {
  const other = { ...attempt, owner: attempt.account.address }
  await assert.rejects(run(other), DeployRefusal)
  assert.equal(await sentBy(stage, attempt), CONTRACTS)
  await run({ ...other, mayReplace: true })
  assert.equal(await sentBy(stage, attempt), 2 * CONTRACTS)
  await assertComplete(stage, attempt)
  stage.say('  another owner: refused, nothing sent; with --replace, new contracts')
}

const wrongChain = async (stage: Stage) => {
  const attempt = await newAttempt(stage)
  const text = await readFile(attempt.file, 'utf8')
  await writeFile(attempt.file, text.replace(/"chainId": \d+/, '"chainId": 10'))
  await assert.rejects(run(attempt), DeployRefusal)
  assert.equal(await sentBy(stage, attempt), 0)
  stage.say('  another chain than the file says: refused, nothing sent')
}

/** Throws at the first thing that does not go as it must. */
export const rehearse = async ({ file, say }: Rehearsal): Promise<void> => {
  const { chainId, name, contracts } = await readNetworkFile(file)
  const anvil = await startAnvil('--chain-id', String(chainId))
  const folder = await mkdtemp(join(tmpdir(), 'souk-rehearsal-'))
  try {
    const chain = chainAt(anvil.url)
    const copy = join(folder, basename(file))
    await copyFile(file, copy)
    if (contracts.token) await chain.setCode({ address: contracts.token, bytecode: SIX })
    const stage = { file: copy, say, url: anvil.url, folder, chain }
    say(`${name}, chain ${chainId}, rehearsed on this machine`)
    const attempt = await newAttempt(stage)
    await firstRun(stage, attempt)
    await rerun(stage, attempt)
    await interruptedRuns(stage)
    await pendingRun(stage)
    await wrongCode(stage, attempt)
    await wrongOwner(stage, attempt)
    await wrongChain(stage)
  } finally {
    anvil.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
