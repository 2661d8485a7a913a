import {
  type Agreement,
  type Auction,
  type Award,
  type Bid,
  createDigester,
  type Signed,
  type TypedMessage,
  type TypedName,
} from '../../protocols/common/index.ts'
import { agreementTerms, type Offer, transcriptRoot } from '../../protocols/market/index.ts'
import { createTestSigner } from '../fakes/signer.ts'
import { aBid, anAuction, anAward, hash } from './messages.ts'

/** Digests under the domain that all market tests share. */
export const marketDigest = createDigester({
  chainId: 31_337,
  verifyingContract: `0x${'aa'.repeat(20)}`,
})

/** Signs a message as a named test agent. */
export const signAs = <Name extends TypedName>(
  agent: string,
  name: Name,
  message: TypedMessage<Name>,
): Signed<Name> => ({
  message,
  signature: createTestSigner(agent).sign(marketDigest(name, message)),
})

export type SaleChanges = {
  auction?: Partial<Auction>
  bid?: Partial<Bid>
  award?: Partial<Award>
  agreement?: Partial<Agreement>
}

/** A whole sale that hangs together: each part follows from the one before, then takes its changes, then is signed. */
export const aSale = (changes: SaleChanges = {}): Offer & { auctionId: Bid['auctionId'] } => {
  const auction = anAuction(changes.auction)
  const auctionId = marketDigest('Auction', auction)
  const bid = aBid({ auctionId, ...changes.bid })
  const bidHash = marketDigest('Bid', bid)
  const { basePrice, pricePerMfuel } = bid
  const award = anAward({
    auctionId,
    bidHash,
    basePrice,
    pricePerMfuel,
    transcriptRoot: transcriptRoot([bidHash]),
    ...changes.award,
  })
  const agreement = {
    ...agreementTerms(
      { auction, auctionId, bid, bidHash, award },
      {
        channelId: hash(8),
        startBy: auction.closesAt + 30,
        reviewSeconds: 3600,
        sliceFuel: auction.maxFuel / 10n,
        prepaid: 500_000n,
        salt: hash(9),
      },
    ),
    ...changes.agreement,
  }
  return {
    auctionId,
    auction: signAs('requester', 'Auction', auction),
    bid: signAs('provider', 'Bid', bid),
    award: signAs('requester', 'Award', award),
    agreement: signAs('requester', 'Agreement', agreement),
  }
}
