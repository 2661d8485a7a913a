// What the node asks of the machine it runs on: time, chance, logs, keys and the lock on its data folder.
export { createSystemChance } from './chance.ts'
export { createSystemClock } from './clock.ts'
export type { SystemFault } from './faults.ts'
export { type Identity, type IdentityOptions, loadOrCreateIdentity } from './identity.ts'
export { createKeystore, openKeystore } from './keystore.ts'
export { createLog, type LogOptions } from './log.ts'
export { keyLock, type ProcessLock, processLock } from './process-lock.ts'
export { createSigner, recoverSigner } from './signer.ts'
