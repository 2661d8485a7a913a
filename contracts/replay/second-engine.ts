// The same transactions in @ethereumjs/vm: another implementation of the same rules, in another language.
import { createBlock } from '@ethereumjs/block'
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { createTxFromRLP } from '@ethereumjs/tx'
import {
  Account,
  bytesToHex,
  createAddressFromString,
  hexToBytes,
  setLengthLeft,
} from '@ethereumjs/util'
import { createVM, runTx, type VM } from '@ethereumjs/vm'
import type { Address, Hex } from 'viem'
import type { Sent } from '../gas/stage.ts'

/** What a transaction came to: comparable between engines. */
export type Outcome = {
  status: number
  gasUsed: bigint
  logs: { address: Hex; topics: Hex[]; data: Hex }[]
}
export type Slot = { address: Hex; slot: Hex; value: Hex }

const common = createCustomCommon({ chainId: 31_337 }, Mainnet, { hardfork: Hardfork.Prague })

/** A chain of its own in which these accounts have this much wei. */
export const createSecondEngine = async (accounts: readonly Address[], balance: bigint) => {
  const vm = await createVM({ common })
  for (const account of accounts) {
    await vm.stateManager.putAccount(createAddressFromString(account), new Account(0n, balance))
  }
  const touched = new Map<string, { address: Hex; slot: Uint8Array }>()
  vm.evm.events?.on('step', ({ opcode, stack, address }, resume) => {
    if (opcode.name === 'SSTORE') {
      const slot = setLengthLeft(
        hexToBytes(`0x${(stack.at(-1) ?? 0n).toString(16).padStart(64, '0')}`),
        32,
      )
      touched.set(`${address}${bytesToHex(slot)}`, { address: address.toString(), slot })
    }
    resume?.()
  })
  return {
    replay: (sent: Sent, number: number) => replay(vm, sent, number),
    /** Every slot that was ever written, as it stands now. */
    slots: () =>
      Promise.all(
        [...touched.values()].map(async ({ address, slot }): Promise<Slot> => {
          const value = await vm.stateManager.getStorage(createAddressFromString(address), slot)
          return { address, slot: bytesToHex(slot), value: bytesToHex(setLengthLeft(value, 32)) }
        }),
      ),
  }
}

const replay = async (vm: VM, { raw, time }: Sent, number: number): Promise<Outcome> => {
  const header = { number, timestamp: time, gasLimit: 60_000_000n, baseFeePerGas: 0n }
  const block = createBlock({ header }, { common, skipConsensusFormatValidation: true })
  const tx = createTxFromRLP(hexToBytes(raw), { common })
  const { receipt, totalGasSpent } = await runTx(vm, { tx, block })
  return {
    status: 'status' in receipt ? Number(receipt.status) : 0,
    gasUsed: totalGasSpent,
    logs: receipt.logs.map(([address, topics, data]) => ({
      address: bytesToHex(address),
      topics: topics.map((topic) => bytesToHex(topic)),
      data: bytesToHex(data),
    })),
  }
}
