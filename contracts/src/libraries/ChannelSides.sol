// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelParams} from "../interfaces/IPaymentChannel.sol";

/// Who stands on which side of a channel, by its account or by its key.
library ChannelSides {
    /// Whether two agents stand on opposite sides. Else an agreement between an agent and its twin could draw on stake that backs another.
    function areOpposite(ChannelParams memory channel, address agent, address other) internal pure returns (bool) {
        return (isA(channel, agent) && isB(channel, other)) || (isB(channel, agent) && isA(channel, other));
    }

    function isA(ChannelParams memory channel, address agent) internal pure returns (bool) {
        return agent == channel.partyA || agent == channel.signerA;
    }

    function isB(ChannelParams memory channel, address agent) internal pure returns (bool) {
        return agent == channel.partyB || agent == channel.signerB;
    }
}
