import type {
  Digester,
  Hash,
  RecoverSigner,
  Signed,
  TypedName,
  UnixSeconds,
} from '../common/index.ts'
import { checkAgreement } from './agreement.ts'
import type { AgreementFault } from './faults.ts'

/** What a requester puts before the winner: all that was signed so far, the agreement by the requester alone. */
export type Offer = {
  auction: Signed<'Auction'>
  bid: Signed<'Bid'>
  award: Signed<'Award'>
  agreement: Signed<'Agreement'>
}

export type OfferContext = {
  digest: Digester
  recover: RecoverSigner
  wallMs: number
  now: UnixSeconds
}

/** The digests by which an offer's parts are known. */
export const offerHashes = (
  { auction, bid, agreement }: Pick<Offer, 'auction' | 'bid' | 'agreement'>,
  digest: Digester,
): { auctionId: Hash; bidHash: Hash; agreementHash: Hash } => ({
  auctionId: digest('Auction', auction.message),
  bidHash: digest('Bid', bid.message),
  agreementHash: digest('Agreement', agreement.message),
})

/** Checks terms first and all four signatures after; null when the offer may be countersigned by the provider that its bid names. */
export const checkOffer = (
  offer: Offer,
  { digest, recover, wallMs, now }: OfferContext,
): AgreementFault | null => {
  const { auction, bid, award, agreement } = offer
  const { auctionId, bidHash } = offerHashes(offer, digest)
  const sale = {
    auction: auction.message,
    auctionId,
    bid: bid.message,
    bidHash,
    award: award.message,
  }
  const fault = checkAgreement(agreement.message, { ...sale, wallMs, now })
  if (fault) return fault
  const isBy = <Name extends TypedName>(name: Name, signed: Signed<Name>, signer: Hash) =>
    recover(digest(name, signed.message), signed.signature) === signer
  const { requester } = auction.message
  const isSigned =
    isBy('Auction', auction, requester) &&
    isBy('Award', award, requester) &&
    isBy('Agreement', agreement, requester) &&
    isBy('Bid', bid, bid.message.provider)
  return isSigned ? null : 'BAD_SIGNATURE'
}
