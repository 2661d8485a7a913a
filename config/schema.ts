import { z } from 'zod'
import { channel } from './channel-settings.ts'
import { AMOUNT, amount, int, multiaddr, PATH, path, setting, wholeNumber } from './setting.ts'

const ADDRESSES = { form: 'multiaddrs such as /ip4/192.0.2.1/tcp/4700' }

const identity = z.strictObject({
  keystore: setting(
    path.nullable().default(null),
    'Keystore (Web3 Secret Storage 3) with the agent key; unset: keystore.json in the data folder.',
    PATH,
  ),
  passphraseFile: setting(
    path.nullable().default(null),
    'File whose first line opens the keystore; unset: SOUK_PASSPHRASE, else asked for.',
    PATH,
  ),
})

const network = z.strictObject({
  name: setting(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
      .default('main'),
    'Name of the market: nodes of other names are not heard.',
    { form: 'lower-case letters, digits and hyphens, at most 32' },
  ),
  listen: setting(
    z.array(multiaddr).max(16).default(['/ip4/0.0.0.0/tcp/4700']),
    'Where other nodes may connect; tcp/0 takes any free port.',
    ADDRESSES,
  ),
  announce: setting(
    z.array(multiaddr).max(16).default([]),
    'Addresses to announce instead of those listened on.',
    ADDRESSES,
  ),
  bootstrap: setting(
    z.array(multiaddr).max(64).default([]),
    'Nodes to join the network by, with their peer ids.',
    { form: 'multiaddrs such as /ip4/192.0.2.1/tcp/4700/p2p/12D3Koo...' },
  ),
  mdns: setting(z.boolean().default(true), 'Find nodes on the same local network.'),
  relays: setting(
    z.array(multiaddr).max(8).default([]),
    'Nodes that relay to this one where it cannot be dialled, with their peer ids.',
    { form: 'multiaddrs such as /ip4/192.0.2.1/tcp/4700/p2p/12D3Koo...' },
  ),
  findRelays: setting(z.boolean().default(false), 'Look for such relays by itself.'),
  serveRelay: setting(
    z.boolean().default(false),
    'Relay for others, within limits: for nodes that everyone can dial.',
  ),
  upnp: setting(
    z.boolean().default(true),
    'Ask the router to let other nodes in; never on a local chain.',
  ),
  maxConnections: setting(int(4, 10_000).default(200), 'Most connections to other nodes.'),
})

const content = z.strictObject({
  maxBytes: setting(
    int(2 ** 26, 2 ** 44).default(10 * 2 ** 30),
    'Most disk for modules, inputs and results; past it the oldest goes that no task or sale needs.',
    { unit: 'bytes' },
  ),
})

const chain = z.strictObject({
  network: setting(
    z.enum(['local', 'sepolia', 'polygon', 'mainnet']).default('local'),
    'Chain that money moves on; local starts one on this machine unless rpcUrls names one.',
  ),
  rpcUrls: setting(
    z
      .array(z.url({ protocol: /^https?$/ }))
      .max(16)
      .default([]),
    'Endpoints of the chain, in order of preference.',
    { form: 'http or https URLs', kind: 'secret' },
  ),
  deployment: setting(
    path.nullable().default(null),
    'File with the addresses of the contracts; unset: those in config/networks.',
    PATH,
  ),
  confirmations: setting(
    int(1, 1_000).nullable().default(null),
    'Blocks after which the chain is believed; unset: as config/networks has it.',
    { unit: 'blocks' },
  ),
  feeCapGwei: setting(
    int(1, 1_000_000).default(200),
    'Most that a transaction may offer for a unit of gas.',
    { unit: 'gwei' },
  ),
  urgentFeeCapGwei: setting(
    int(1, 1_000_000).default(1_000),
    'The same where a deadline is near and waiting would cost money; never below feeCapGwei.',
    { unit: 'gwei' },
  ),
  nativeReserve: setting(
    amount.default('0.02'),
    'Native coin kept to answer on the chain with; below it no money is locked up, and the node warns.',
    { unit: 'coins', form: 'an amount of coins such as "0.02"' },
  ),
  rpcTimeoutMs: setting(
    int(100, 120_000).default(10_000),
    'How long one endpoint may take to answer before the next one is asked.',
    { unit: 'ms' },
  ),
  localFaucet: setting(
    z.boolean().default(true),
    'On a local chain, give this agent test tokens and coins at its first start.',
  ),
})

const percent = (value: number, meaning: string, max = 1_000) =>
  setting(int(0, max).default(value), meaning, { unit: '%' })
const weight = (value: number, meaning: string) => percent(value, meaning, 100)

const market = z.strictObject({
  role: setting(
    z.enum(['provider', 'requester', 'both']).default('both'),
    'Whether this node sells computation (bids and runs tasks), buys it, or both.',
  ),
  basePrice: setting(amount.default('0.001'), 'Price of any task, whatever it uses.', AMOUNT),
  pricePerMfuel: setting(amount.default('0.0001'), 'Price of a million units of fuel.', AMOUNT),
  minPrice: setting(amount.default('0.001'), 'No bid below this price.', AMOUNT),
  loadMarginPercent: percent(
    25,
    'Added to the price as the node fills up: all of it when one place is left.',
  ),
  speedMfuelPerSecond: setting(
    int(1, 1_000_000).default(1_000),
    'How fast this machine works, for the delivery time that its bids promise.',
    { unit: 'Mfuel/s' },
  ),
  costPerHour: setting(amount.default('0.05'), 'Cost of this machine, for `souk bench-machine`.', {
    unit: 'tokens an hour',
    form: AMOUNT.form,
  }),
  utilisationPercent: percent(50, 'Share of its time that is sold, for the same.', 100),
  marginPercent: percent(20, 'Added to its cost, for the same.'),
  capacity: setting(int(1, 1_024).default(2), 'Most tasks sold and not finished at one time.'),
  bidWindowMs: setting(
    int(50, 600_000).default(1_500),
    'How long an auction of this node takes bids.',
    { unit: 'ms' },
  ),
  policyModule: setting(
    path.nullable().default(null),
    'A module of your own that decides what this node bids; unset: the built-in policy.',
    PATH,
  ),
  weights: z
    .strictObject({
      price: weight(40, 'Share of the price in the ranking of bids.'),
      reputation: weight(30, 'Share of the reputation in the ranking of bids.'),
      specialty: weight(20, 'Share of experience with such tasks in the ranking of bids.'),
      eta: weight(10, 'Share of the promised time in the ranking of bids.'),
    })
    .prefault({}),
})

const execution = z.strictObject({
  workers: setting(
    int(1, 256).nullable().default(null),
    'Processes that run tasks, one task each; unset: one per core.',
  ),
  maxQueue: setting(int(0, 10_000).default(16), 'Tasks that may wait for a process.'),
  wasiHost: setting(
    z.enum(['own', 'wasmer']).default('own'),
    'Implementation of WASI that tasks see; wasmer knows less of it.',
  ),
  maxProcessBytes: setting(
    int(2 ** 27, 2 ** 36).default(2 ** 31),
    'Most memory that the process of one task may take; beyond it the machine failed, not the task.',
    { unit: 'bytes' },
  ),
  moduleCacheBytes: setting(
    int(0, 2 ** 40).default(2 ** 30),
    'Most disk for modules made ready to run, kept in the data folder.',
    { unit: 'bytes' },
  ),
  maxInputBytes: setting(
    int(1, 2 ** 30).default(256 * 2 ** 20),
    'Most that module and inputs of a task may weigh.',
    { unit: 'bytes' },
  ),
  limits: z
    .strictObject({
      fuel: setting(
        wholeNumber.default('100000000000').transform(BigInt),
        'Most fuel that one task may use.',
        { unit: 'fuel', form: 'a whole number' },
      ),
      memoryPages: setting(int(1, 65_536).default(4_096), 'Most memory of one task.', {
        unit: '64 KiB pages',
      }),
      outputBytes: setting(int(0, 2 ** 30).default(2 ** 26), 'Most output of one task.', {
        unit: 'bytes',
      }),
      wallMs: setting(int(10, 86_400_000).default(600_000), 'Longest run of one task.', {
        unit: 'ms',
      }),
    })
    .prefault({}),
})

const risk = z.strictObject({
  thresholdUsd: setting(
    amount.default('10.00'),
    'Budgets from this on need an escrow instead of a channel.',
    { unit: 'USD', form: AMOUNT.form },
  ),
  prepaidMaxUsd: setting(
    amount.default('1.00'),
    'Most that this node pays for a task before delivery.',
    { unit: 'USD', form: AMOUNT.form },
  ),
  requesterExposureUsd: setting(
    amount.default('10.00'),
    'Most work for one requester that may be under way and not paid yet.',
    { unit: 'USD', form: AMOUNT.form },
  ),
  providerCreditUsd: setting(
    amount.default('5.00'),
    "Most of one task's price that may be left unpaid until its result is accepted.",
    { unit: 'USD', form: AMOUNT.form },
  ),
})

const control = z.strictObject({
  host: setting(z.string().min(1).max(255).default('127.0.0.1'), 'Address of the HTTP port.', {
    form: 'a host name or address',
  }),
  port: setting(int(0, 65_535).default(4780), 'HTTP port; 0 takes any free one.'),
  allowRemote: setting(
    z.boolean().default(false),
    'Serve other machines too: only behind TLS, whoever has the token owns the node.',
  ),
  tokenFile: setting(
    path.nullable().default(null),
    "File with the owner's token; unset: in the data folder.",
    PATH,
  ),
  spendingLimitPerDay: setting(
    amount.default('100.00'),
    'Most that tasks ordered with one token may cost in 24 hours.',
    AMOUNT,
  ),
})

const log = z.strictObject({
  level: setting(
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    'Least severity that is written.',
  ),
  format: setting(
    z.enum(['pretty', 'json']).default('pretty'),
    'One line for people or one JSON object for programs.',
  ),
})

const section = <T extends z.ZodObject>(shape: T, description: string) =>
  shape.prefault({} as never).meta({ description })

/** Every setting of a node: type, default, unit and meaning. `docs/settings.md` is generated from it. */
export const Config = z.strictObject({
  dataFolder: setting(path.default('~/.souk'), 'Keys, database and everything kept.', PATH),
  identity: section(identity, 'Who the node is'),
  network: section(network, 'How nodes meet'),
  content: section(content, 'What the node keeps for tasks'),
  chain: section(chain, 'Where money moves'),
  market: section(market, 'What the node sells and how it buys'),
  channel: section(channel, 'How much money is locked and left unclaimed'),
  execution: section(execution, 'What a task may use'),
  risk: section(risk, 'How much the node trusts a stranger with'),
  control: section(control, 'How its owner and the dashboard reach the node'),
  log: section(log, 'What is written about it'),
})

export type Config = z.output<typeof Config>
