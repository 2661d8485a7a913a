// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelParams, IPaymentChannel} from "../interfaces/IPaymentChannel.sol";

/// Which params may open a channel.
library OpeningRules {
    uint8 internal constant DUPLEX = 0;
    uint8 internal constant SIMPLEX = 1;
    uint32 internal constant MAX_WINDOW = 30 days;

    function check(ChannelParams calldata params, uint32 minWindow) internal view {
        if (params.mode > SIMPLEX) revert IPaymentChannel.ModeNotSupported(params.mode);
        if (params.window < minWindow || params.window > MAX_WINDOW) {
            revert IPaymentChannel.WindowOutOfRange(params.window, minWindow, MAX_WINDOW);
        }
        (address partyA, address partyB) = (params.partyA, params.partyB);
        if (partyA == partyB) revert IPaymentChannel.PartiesNotDistinct(partyA, partyB);
        _requirePayable(partyA);
        _requirePayable(partyB);
        (address signerA, address signerB) = (params.signerA, params.signerB);
        if (signerA == address(0) || signerB == address(0)) revert IPaymentChannel.SignerMissing();
        if (signerA == signerB) revert IPaymentChannel.SignersNotDistinct(signerA, signerB);
    }

    /// Money sent to either of these would be nobody's.
    function _requirePayable(address party) private view {
        if (party == address(0) || party == address(this)) revert IPaymentChannel.PartyNotPayable(party);
    }
}
