/** A task's life as its requester sees it. */
export type TaskPhase =
  | 'created'
  | 'announced'
  | 'awarded'
  | 'agreed'
  | 'funded'
  | 'running'
  | 'delivered'
  | 'accepted'
  | 'settled'
  | 'unsold'
  | 'void'
  | 'failed'
  | 'cancelled'

/** The same task as its provider sees it. */
export type DealPhase = 'signed' | 'started' | 'delivered' | 'settled' | 'void' | 'failed'

const taskPaths: Record<TaskPhase, readonly TaskPhase[]> = {
  created: ['announced', 'failed', 'cancelled'],
  // An auction interrupted by a restart is held again: nothing was promised to anyone.
  announced: ['created', 'awarded', 'unsold', 'failed', 'cancelled'],
  // The next bidder takes the place of one that does not sign.
  awarded: ['awarded', 'agreed', 'unsold', 'cancelled'],
  agreed: ['funded', 'void', 'failed'],
  funded: ['running', 'delivered', 'void', 'failed'],
  running: ['running', 'delivered', 'failed'],
  delivered: ['delivered', 'accepted', 'failed'],
  accepted: ['settled'],
  settled: [],
  unsold: [],
  void: [],
  failed: [],
  cancelled: [],
}

const dealPaths: Record<DealPhase, readonly DealPhase[]> = {
  signed: ['started', 'void', 'failed'],
  started: ['delivered', 'failed'],
  delivered: ['settled', 'failed'],
  settled: [],
  void: [],
  // A requester that was away for too long may still come back and pay.
  failed: ['settled'],
}

/** True where a requester's task may go from one phase to another. */
export const mayTaskMove = (from: TaskPhase, to: TaskPhase): boolean => taskPaths[from].includes(to)

/** True where a provider's deal may go from one phase to another. */
export const mayDealMove = (from: DealPhase, to: DealPhase): boolean => dealPaths[from].includes(to)

/** True once nothing more will happen to the task. */
export const isTaskOver = (phase: TaskPhase): boolean => taskPaths[phase].length === 0

/** True once its provider does nothing more for the deal. */
export const isDealOver = (phase: DealPhase): boolean => !dealPaths[phase].includes('failed')
