// What the app has counted for one request, and the steps that others let it take. Runs in every host.
import { deferred } from '@sluice/body/engine'
import type { Deferred } from '@sluice/body/engine'

/** What `/probe?id=…` answers, as JSON. */
export interface Probe {
  /** Calls of the handler. */
  readonly started: number
  /** Frames of data that the host has pulled from the source, and their bytes. */
  readonly pulled: number
  readonly pulledBytes: number
  /** Bytes of request content that the handler has read. */
  readonly readBytes: number
  /** How often the source was closed, however it ended. */
  readonly closed: number
  /** For each receipt `sent`, or the code with which the flush was lost. */
  readonly receipts: readonly string[]
  /** For each error that the host has reported to `onError`, its code or message. */
  readonly errors: readonly string[]
  /** Codes of errors that the handler got while it read the request, and reasons of the aborted signal. */
  readonly refusals: readonly string[]
  readonly aborted: readonly string[]
}

type Counts = { -readonly [Name in keyof Probe]: Probe[Name] extends number ? number : string[] }

interface Entry {
  readonly counts: Counts
  /** Steps that were allowed and not taken yet. */
  allowed: number
  waiting: Deferred<void> | undefined
}

/** Sources that were begun and not closed, of all requests. */
export const sources = { open: 0 }

const entries = new Map<string, Entry>()

const newEntry = (): Entry => ({
  counts: {
    started: 0,
    pulled: 0,
    pulledBytes: 0,
    readBytes: 0,
    closed: 0,
    receipts: [],
    errors: [],
    refusals: [],
    aborted: [],
  },
  allowed: 0,
  waiting: undefined,
})

const entryOf = (id: string): Entry => {
  const known = entries.get(id)
  if (known !== undefined) return known
  const entry = newEntry()
  entries.set(id, entry)
  return entry
}

/** The counts of a request, to be changed. */
export const countsOf = (id: string): Counts => entryOf(id).counts

/** Waits until `allowStep` is called for this request. A step that was allowed before is not lost. */
export const nextStep = (id: string): Promise<void> => {
  const entry = entryOf(id)
  entry.waiting = deferred()
  const { promise } = entry.waiting
  settle(entry)
  return promise
}

/** Lets the request go on by one step. */
export const allowStep = (id: string): void => {
  const entry = entryOf(id)
  entry.allowed++
  settle(entry)
}

const settle = (entry: Entry) => {
  if (entry.waiting === undefined || entry.allowed === 0) return
  entry.allowed--
  entry.waiting.resolve()
  entry.waiting = undefined
}

/** The `id` of a target; empty if it has none. */
export const idOf = (target: string): string => /[?&]id=([\w.-]+)/.exec(target)?.[1] ?? ''

/** What to call an error in a list: its code, or its message. */
export const nameOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return String(error)
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'message' in error ? String(error.message) : 'an object'
}
