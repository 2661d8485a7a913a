import type {
  Address,
  Digester,
  Hash,
  RecoverSigner,
  Signed,
} from '../../protocols/common/index.ts'
import { Fault, faultCode } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import {
  checkTranscript,
  DEAL,
  decodeTranscriptPage,
  encodeTranscriptRequest,
  type JudgedBid,
  type Transcript,
} from '../../protocols/market/index.ts'
import type { Log, Talk } from '../ports/index.ts'
import type { MarketFault } from './faults.ts'
import type { Sighting } from './sightings.ts'

export type AuditDeps = {
  talk: Talk
  digest: Digester
  recover: RecoverSigner
  log: Log
  emit: Emit
}

/** More bids than a requester keeps are no transcript. */
const MAX_BIDS = 1024

const malformed = () =>
  new Fault<MarketFault>('TRANSCRIPT_MALFORMED', 'the transcript is malformed')

const fetchPage = async (
  { talk }: AuditDeps,
  requester: Address,
  { auctionId, from }: { auctionId: Hash; from: number },
) => {
  const body = encodeTranscriptRequest({ auctionId, from })
  const request = { protocol: '/souk/deal/1', type: DEAL.TRANSCRIPT, body } as const
  const page = decodeTranscriptPage(await talk.request(requester, request))
  if (!page || page.total > MAX_BIDS) throw malformed()
  return page
}

const fetchTranscript = async (
  deps: AuditDeps,
  { auctionId, auction }: Sighting,
): Promise<Transcript> => {
  const { requester } = auction.message
  const first = await fetchPage(deps, requester, { auctionId, from: 0 })
  const bids: JudgedBid[] = [...first.bids]
  while (bids.length < first.total) {
    const page = await fetchPage(deps, requester, { auctionId, from: bids.length })
    if (page.bids.length === 0 || bids.length + page.bids.length > first.total) throw malformed()
    bids.push(...page.bids)
  }
  return { weights: first.weights, bids }
}

/** Fetches the transcript of an auction that this node lost, checks the award against it, and tells what came of it. */
export const auditAward = async (
  deps: AuditDeps,
  sighting: Sighting,
  { award, expected }: { award: Signed<'Award'>; expected: Hash },
): Promise<void> => {
  const { digest, emit, log, recover } = deps
  const { auctionId, auction } = sighting
  try {
    const transcript = await fetchTranscript(deps, sighting)
    const fault = checkTranscript(transcript, {
      ...{ auctionId, digest, expected, recover },
      auction: auction.message,
      award: award.message,
    })
    if (fault) log.warn({ auctionId, fault }, 'award does not follow from its transcript')
    emit({ type: 'auction.audited', auctionId, requester: auction.message.requester, fault })
  } catch (error) {
    log.info({ auctionId, code: faultCode(error) }, 'transcript not available')
  }
}
