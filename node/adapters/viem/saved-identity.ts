import { join } from 'node:path'
import type { ChainIdentity } from '../../ports/index.ts'
import type { Deployment } from './deployment.ts'
import { readJson, writeJson } from './json-file.ts'

const pathIn = (dataFolder: string): string => join(dataFolder, 'chain-identity.json')

/** Keeps what the contracts said of themselves, so that the node can start while the chain is away. */
export const saveIdentity = (dataFolder: string, identity: ChainIdentity): Promise<void> =>
  writeJson(pathIn(dataFolder), identity)

/** What an earlier run was told of this deployment; null where it was another one, or none. */
export const savedIdentity = async (
  dataFolder: string,
  { paymentChannel, disputeArbiter, token }: Deployment,
): Promise<ChainIdentity | null> => {
  const identity = await readJson<ChainIdentity>(pathIn(dataFolder))
  if (identity === null) return null
  const { contracts } = identity
  const isSame =
    contracts.paymentChannel === paymentChannel &&
    contracts.disputeArbiter === disputeArbiter &&
    contracts.token === token
  return isSame ? identity : null
}
