// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelParams, IPaymentChannel} from "../interfaces/IPaymentChannel.sol";

/// Which params may open a channel.
library OpeningRules {
    uint8 internal constant SIMPLEX = 1;
    uint32 internal constant MAX_WINDOW = 30 days;

    function check(ChannelParams calldata params, uint32 minWindow) internal view {
        if (params.mode != SIMPLEX) revert IPaymentChannel.ModeNotSupported(params.mode);
        if (params.window < minWindow || params.window > MAX_WINDOW) {
            revert IPaymentChannel.WindowOutOfRange(params.window, minWindow, MAX_WINDOW);
        }
        if (params.partyA == params.partyB) {
            revert IPaymentChannel.PartiesNotDistinct(params.partyA, params.partyB);
        }
        // Money sent to either of these would be nobody's.
        if (params.partyB == address(0) || params.partyB == address(this)) {
            revert IPaymentChannel.PayeeNotPayable(params.partyB);
        }
        if (params.signerA == address(0) || params.signerB == address(0)) revert IPaymentChannel.SignerMissing();
        if (params.signerA == params.signerB) {
            revert IPaymentChannel.SignersNotDistinct(params.signerA, params.signerB);
        }
    }
}
