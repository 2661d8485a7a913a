/** Why the local chain did not start. */
export type AnvilFault = 'CHAIN_PORT_TAKEN' | 'CHAIN_START_FAILED'
