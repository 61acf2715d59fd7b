import type { LogState } from '../engine/engine.ts'
import type { Place } from './entry-id.ts'
import type { Gap } from './items.ts'

/** Where a reader continues, and why it cannot have what comes next. */
export interface Resumption {
  readonly place: Place
  readonly lost: Gap['gap']['reason'] | undefined
}

/**
 * Decides where a reader at `place` continues in a log with this state; `undefined` means that its id was invalid.
 *
 * If the reader `wasHere`, its place was once found in the log, and what it has read does not follow again. Otherwise a place that is
 * not in the log is a foreign id: all that is kept follows.
 *
 * The sequence numbers of a log have no holes, so what is missing shows in them. A reader that is after the last record of an ended
 * log gets that record again: otherwise it would not learn that the log has ended.
 */
export const resume = (place: Place | undefined, state: LogState, wasHere: boolean): Resumption => {
  const found = continuation(place, state, wasHere)
  const { last, ended } = state
  if (!ended || found.place.seq < last) return found
  return { ...found, place: { ...found.place, seq: last - 1 } }
}

const continuation = (place: Place | undefined, state: LogState, wasHere: boolean): Resumption => {
  const { epochs, first, last } = state
  const oldest = oldestPlace(state)
  if (place === undefined) return { place: oldest, lost: 'unknown' }
  if (place.epoch === '') return { place: oldest, lost: first > 1 ? 'trimmed' : undefined }
  const index = epochs.findIndex(({ id }) => id === place.epoch)
  if (index < 0) return { place: oldest, lost: wasHere ? 'trimmed' : 'unknown' }
  if (place.seq < first - 1) return { place: oldest, lost: 'trimmed' }
  const next = epochs[index + 1]
  if (next !== undefined && place.seq >= next.from - 1)
    return { place: { epoch: next.id, seq: Math.max(next.from, first) - 1 }, lost: 'failover' }
  if (place.seq > last)
    return wasHere
      ? { place: { epoch: place.epoch, seq: last }, lost: 'trimmed' }
      : { place: oldest, lost: 'unknown' }
  return { place, lost: undefined }
}

/** In front of the oldest record that is kept. */
export const oldestPlace = (state: LogState): Place => ({
  epoch: epochOf(state, state.first),
  seq: state.first - 1,
})

/** Behind the newest record. */
export const newestPlace = ({ epochs, last }: LogState): Place => ({
  epoch: epochs.at(-1)?.id ?? '',
  seq: last,
})

/** The epoch of a record, or of the next one that is appended; empty if there is none. */
export const epochOf = ({ epochs }: LogState, seq: number): string => {
  const found = epochs.findLast(({ from }) => from <= seq)
  return (found ?? epochs[0])?.id ?? ''
}
