// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A token that behaves until told otherwise.
contract HostileToken {
    enum Mood {
        GOOD,
        SILENT,
        TAKES_FEE,
        ANSWERS_FALSE,
        ANSWERS_GARBAGE,
        ANSWERS_SHORT,
        REVERTS,
        BURNS_GAS,
        ANSWERS_AT_LENGTH,
        CALLS_BACK
    }

    mapping(address owner => uint256) public balanceOf;
    Mood public mood;
    address public blocked;
    bytes4 public refusal;
    address private _callee;
    bytes private _call;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function become(Mood next) external {
        mood = next;
    }

    function blockReceiver(address account) external {
        blocked = account;
    }

    function callBack(address callee, bytes calldata data) external {
        mood = Mood.CALLS_BACK;
        (_callee, _call) = (callee, data);
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        require(to != blocked, "blocked");
        if (mood == Mood.REVERTS) revert("no");
        if (mood == Mood.BURNS_GAS) while (true) {}
        if (mood == Mood.ANSWERS_FALSE) _answer(0, 32);
        if (mood == Mood.ANSWERS_GARBAGE) _answer(7, 32);
        if (mood == Mood.ANSWERS_SHORT) _answer(1, 31);
        if (mood == Mood.CALLS_BACK) {
            (bool done, bytes memory answer) = _callee.call(_call);
            require(!done, "the call back went through");
            refusal = bytes4(answer);
        }
        balanceOf[from] -= amount;
        balanceOf[to] += mood == Mood.TAKES_FEE ? amount - amount / 100 : amount;
        if (mood == Mood.SILENT) _answer(0, 0);
        if (mood == Mood.ANSWERS_AT_LENGTH) _answer(1, 50_000);
        _answer(1, 32);
    }

    function _answer(uint256 word, uint256 size) private pure {
        assembly ("memory-safe") {
            mstore(0, word)
            return(0, size)
        }
    }
}

/// The same for whoever asks it for an allowance first.
contract ApprovingToken is HostileToken {
    function approve(address, uint256) external pure returns (bool) {
        return true;
    }
}

/// Receives native coin as badly as it can.
contract HostileReceiver {
    enum Mood {
        GOOD,
        REVERTS,
        BURNS_GAS,
        REVERTS_AT_LENGTH,
        CALLS_BACK
    }

    Mood public mood;
    uint256 public successfulCalls;
    bytes4 public refusal;
    address private _callee;
    bytes private _call;

    function become(Mood next) external {
        mood = next;
    }

    function callBack(address callee, bytes calldata data) external {
        mood = Mood.CALLS_BACK;
        (_callee, _call) = (callee, data);
    }

    function run(address callee, bytes calldata data) external returns (bytes memory) {
        (bool done, bytes memory answer) = callee.call(data);
        require(done, "call failed");
        return answer;
    }

    receive() external payable {
        if (mood == Mood.REVERTS) revert("no");
        if (mood == Mood.BURNS_GAS) while (true) {}
        if (mood == Mood.REVERTS_AT_LENGTH) {
            assembly ("memory-safe") {
                revert(0, 200000)
            }
        }
        if (mood == Mood.CALLS_BACK) {
            (bool done, bytes memory answer) = _callee.call(_call);
            if (done) successfulCalls++;
            else refusal = bytes4(answer);
        }
    }
}

/// Needs a known amount of gas to receive.
contract ExpensiveReceiver {
    mapping(uint256 => uint256) private _written;

    receive() external payable {
        _written[0] = 1;
        _written[1] = 1;
    }
}
