import { readFile } from 'node:fs/promises'

const SAMPLE_MS = 50

/** Resident memory of a process in bytes, or null where the system does not tell. */
export const residentBytes = async (pid: number): Promise<number | null> => {
  try {
    const found = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))
    return found ? Number(found[1]) * 1024 : null
  } catch {
    return null
  }
}

/** Samples a process's memory; calls `onExceed` once when it passes the limit. */
export const watchMemory = (
  pid: number,
  { limitBytes, onExceed }: { limitBytes: number; onExceed: () => void },
): { stop(): void; peakBytes(): number } => {
  let peak = 0
  const sample = async () => {
    const bytes = (await residentBytes(pid)) ?? 0
    peak = Math.max(peak, bytes)
    if (bytes > limitBytes) onExceed()
  }
  const timer = setInterval(() => void sample(), SAMPLE_MS)
  return { stop: () => clearInterval(timer), peakBytes: () => peak }
}

/** Counts wall time while it runs, in milliseconds; calls `onExpire` when the allowance is used up. */
export const createStopwatch = (
  allowanceMs: number,
  onExpire: () => void,
): { start(): void; pause(): void; elapsedMs(): number } => {
  let total = 0
  let since: number | null = null
  let timer: NodeJS.Timeout | undefined
  const elapsedMs = () => total + (since === null ? 0 : performance.now() - since)
  return {
    elapsedMs,
    start: () => {
      since = performance.now()
      timer = setTimeout(onExpire, Math.max(0, allowanceMs - total))
    },
    pause: () => {
      total = elapsedMs()
      since = null
      clearTimeout(timer)
    },
  }
}
