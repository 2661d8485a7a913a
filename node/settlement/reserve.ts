import type { Address } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import type { Chain, Log } from '../ports/index.ts'

/** The native coin that must be there to answer on the chain when it counts. In wei. */
export type ReserveView = { isLow: boolean; native: bigint; reserve: bigint }

export type ReserveDeps = { chain: Pick<Chain, 'balances'>; log: Log; emit: Emit }

/** Knows the account's native coin, and says once when it falls below the reserve and when it is back. */
export const createReserve = (
  { chain, log, emit }: ReserveDeps,
  { account, reserve }: { account: Address; reserve: bigint },
) => {
  let view: ReserveView = { isLow: false, native: 0n, reserve }

  const look = async (): Promise<bigint> => {
    const { native } = await chain.balances(account)
    const isLow = native < reserve
    if (isLow !== view.isLow) {
      emit({ type: 'chain.reserve', isLow, native: String(native), reserve: String(reserve) })
      const fields = { native, reserve }
      if (isLow) log.warn(fields, 'native coin below the reserve, no money is locked up')
      else log.info(fields, 'native coin above the reserve again')
    }
    view = { isLow, native, reserve }
    return native
  }

  /** Why a call that locks money up must not take `value` wei now; null when it may. */
  const shortageFor = async (value: bigint): Promise<string | null> => {
    const native = await look()
    if (native - value >= reserve) return null
    return `RESERVE_LOW: ${reserve} wei of native coin are kept to answer with, ${native} are there`
  }

  return { look, shortageFor, view: (): ReserveView => view }
}

export type Reserve = ReturnType<typeof createReserve>
