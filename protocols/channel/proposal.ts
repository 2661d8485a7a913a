import {
  type Address,
  accept,
  CHANNEL_MODE,
  type ChannelParams,
  reject,
  type Verdict,
} from '../common/index.ts'
import type { ChannelFault } from './faults.ts'

/** Bounds a payee sets for channels it takes part in. Windows in seconds. */
export type ProposalTerms = {
  payer: Address
  payee: Address
  token: Address
  minWindow: number
  maxWindow: number
}

/** Longest challenge window a channel may have, in seconds. */
export const MAX_WINDOW_SECONDS = 30 * 86_400

/** Whether the payee takes the channel that the payer proposes. */
export const judgeProposal = (
  params: ChannelParams,
  { payer, payee, token, minWindow, maxWindow }: ProposalTerms,
): Verdict<ChannelFault> => {
  const isOurs =
    payer !== payee &&
    params.partyA === payer &&
    params.signerA === payer &&
    params.partyB === payee &&
    params.signerB === payee
  const isFit =
    (params.mode === CHANNEL_MODE.SIMPLEX || params.mode === CHANNEL_MODE.DUPLEX) &&
    params.token === token &&
    params.window >= minWindow &&
    params.window <= maxWindow
  return isOurs && isFit ? accept : reject('PROPOSAL_REFUSED')
}
