import type { Complaint, Digester } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import type { Log, Signer } from '../ports/index.ts'
import type { Board } from './board.ts'

export type ComplaintsDeps = {
  board: Board
  signer: Signer
  digest: Digester
  log: Log
  emit: Emit
}

/** Warns everyone of a deal that went wrong, and tells of the warnings of others. A complaint proves nothing by itself. */
export type Complaints = { complain(message: Complaint): Promise<void> }

export const createComplaints = ({
  board,
  signer,
  digest,
  log,
  emit,
}: ComplaintsDeps): Complaints => {
  board.onComplaint(({ message: { agreementHash, reason } }, by) => {
    emit({ type: 'complaint.heard', agreementHash, by, reason })
  })
  return {
    complain: async (message) => {
      const signature = signer.sign(digest('Complaint', message))
      try {
        await board.publishComplaint({ message, signature })
      } catch (error) {
        log.warn({ error, agreement: message.agreementHash }, 'complaint not published')
      }
    },
  }
}
