import { platform } from './platform.ts'

interface Outcome<T> {
  readonly outcome: T
  /** How many rejections with the reason were unhandled; 0 if the platform does not report them. */
  readonly reasons: number
}

/** Runs a function and counts unhandled rejections with this reason. Others are left alone. */
export const unhandledDuring = async <T>(
  run: () => Promise<T>,
  reason: unknown,
): Promise<Outcome<T>> => {
  let reasons = 0
  const stop = listen((found) => {
    const isOurs = found === reason
    if (isOurs) reasons++
    return isOurs
  })
  try {
    const outcome = await run()
    return { outcome, reasons }
  } finally {
    stop()
  }
}

/** Listens for the events of Node if there are any, else for those of the web. */
const listen = (isOurs: (reason: unknown) => boolean): (() => void) => {
  const { process } = platform
  if (process?.on !== undefined) {
    const listener = (reason: unknown) => {
      if (isOurs(reason) || process.listenerCount?.('unhandledRejection') !== 1) return
      // Without this listener it would have ended the process.
      queueMicrotask(() => {
        throw reason
      })
    }
    process.on('unhandledRejection', listener)
    return () => process.off?.('unhandledRejection', listener)
  }
  const events: object = globalThis
  if (!hasEvents(events)) return () => {}
  const listener = (event: Event) => {
    if ('reason' in event && isOurs(event.reason)) event.preventDefault()
  }
  events.addEventListener('unhandledrejection', listener)
  return () => events.removeEventListener('unhandledrejection', listener)
}

type Events = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>

const hasEvents = (scope: object): scope is Events => 'addEventListener' in scope
