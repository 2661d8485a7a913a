import type { StreamMessage, TaskView } from '../../protocols/control/index.ts'
import { followEvents, isOver } from '../../protocols/control/index.ts'
import type { CliDeps } from './deps.ts'
import type { NodeTarget } from './node-client.ts'

export type FollowListener = {
  onTask(task: TaskView): void
  onEvent(event: StreamMessage): void
}

// The stream wakes us; asking now and then covers a stream that broke.
const ASK_AGAIN_MS = 1000

const concerns = (event: StreamMessage, id: string): boolean =>
  (event.type === 'task.phase' || event.type === 'task.receipt') && event.taskId === id

/** Follows a task until it is over, or accepted: then its cost is fixed and its result is here. Rejects with the signal's reason. */
export const followTask = async (
  { clock, openSocket }: Pick<CliDeps, 'clock' | 'openSocket'>,
  { id, target, signal }: { id: string; target: NodeTarget; signal: AbortSignal },
  { onTask, onEvent }: FollowListener,
): Promise<TaskView> => {
  let wake = () => {}
  const stream = followEvents(
    { ...target, open: openSocket },
    {
      onMessage: (event) => {
        onEvent(event)
        if (concerns(event, id)) wake()
      },
      onClose: () => undefined,
    },
  )
  try {
    for (;;) {
      const woken = new AbortController()
      wake = () => woken.abort()
      const task = await target.client.task({ id }, { signal })
      onTask(task)
      if (task.phase === 'accepted' || isOver(task.phase)) return task
      const either = AbortSignal.any([woken.signal, signal])
      await clock.wait(ASK_AGAIN_MS, { signal: either }).catch(() => signal.throwIfAborted())
    }
  } finally {
    stream.close()
  }
}
