// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EscrowId, EscrowTerms} from "./IEscrow.sol";

/// What EscrowContract offers to DisputeArbiterContract, and to nobody else: `ArbiterOnly` otherwise.
interface IEscrowCourt {
    /// Takes an escrow into the court at the request of a party, and makes the provider's stake an allocation under the escrow's id.
    /// The opener is a party of a DELIVERED escrow until its review ends, or the requester of an escrow without delivery, refunded
    /// already or not, from deliverBy until deliverBy + reviewSeconds. The arbiter vouches that the opener asked for it and gave its bond.
    /// From now on the court has longestDispute() seconds; then anyone may refund.
    function dispute(EscrowTerms calldata terms, address opener) external returns (EscrowId id);

    /// Pays min(toProvider, maxPrice) to the provider and the rest to the requester, and frees what is left of the stake: seize and
    /// slash come before. Nothing is paid where a refund came before the dispute.
    /// @param isSuccess Right result, in time, exit code 0: the success bonus goes to the provider, else back to the requester.
    /// @return isRuled False when the parties settled or the court's time ran out first: nothing changed. Never reverts for a court.
    function rule(EscrowTerms calldata terms, uint96 toProvider, bool isSuccess) external returns (bool isRuled);
}
