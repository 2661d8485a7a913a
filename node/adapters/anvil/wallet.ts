import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hex } from '../../../protocols/common/index.ts'

/** What rules a local chain: its accounts' mnemonic and the first account's key. */
export type Wallet = { mnemonic: string; deployerKey: Hex }

type AnvilReport = { private_keys: Hex[]; wallet: { mnemonic: string } }

const walletPath = (folder: string) => join(folder, 'wallet.json')

/** Where anvil reports the accounts it made up. */
export const reportPath = (folder: string): string => join(folder, 'anvil.json')
export const statePath = (folder: string): string => join(folder, 'chain.json')

/** The wallet of an earlier start; null on the first one. */
export const readWallet = async (folder: string): Promise<Wallet | null> => {
  try {
    return JSON.parse(await readFile(walletPath(folder), 'utf8')) as Wallet
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Makes the folder, for its owner only. A chain without its wallet is of no use to anyone, so what is left of one is removed. */
export const preparePlace = async (folder: string, wallet: Wallet | null): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  if (wallet === null) await rm(statePath(folder), { force: true })
  await rm(reportPath(folder), { force: true })
}

const readReport = async (folder: string): Promise<AnvilReport | null> => {
  try {
    return JSON.parse(await readFile(reportPath(folder), 'utf8')) as AnvilReport
  } catch {
    // Not there yet, or half written.
    return null
  }
}

/** Keeps the wallet that anvil made up, readable by the owner only, and removes its report. Null while there is no report. */
export const adoptWallet = async (folder: string): Promise<Wallet | null> => {
  const report = await readReport(folder)
  const [deployerKey] = report?.private_keys ?? []
  if (report === null || deployerKey === undefined) return null
  const wallet = { mnemonic: report.wallet.mnemonic, deployerKey }
  const draft = `${walletPath(folder)}.draft`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(wallet)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, walletPath(folder))
  await rm(reportPath(folder))
  return wallet
}
