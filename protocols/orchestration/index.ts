// The order in which a task's life may go, for each side. Carries nothing out.
export {
  type DealPhase,
  isDealOver,
  isTaskOver,
  mayDealMove,
  mayTaskMove,
  type TaskPhase,
} from './phases.ts'
