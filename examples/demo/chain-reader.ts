const BALANCE_OF = '0x70a08231'
const TOTAL_SUPPLY = '0x18160ddd'

/** Reads a token by plain JSON-RPC, past all code of the node: what it says is what the chain says. */
export const createTokenReader = ({ rpcUrl, token }: { rpcUrl: string; token: string }) => {
  const call = async (data: string): Promise<bigint> => {
    const params = [{ to: token, data }, 'latest']
    const response = await fetch(rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params }),
    })
    const { result } = (await response.json()) as { result?: string }
    if (result === undefined) throw new Error(`The chain at ${rpcUrl} does not answer a call`)
    return BigInt(result)
  }
  return {
    balanceOf: (owner: string) => call(BALANCE_OF + owner.slice(2).padStart(64, '0')),
    totalSupply: () => call(TOTAL_SUPPLY),
  }
}

export type TokenReader = ReturnType<typeof createTokenReader>
