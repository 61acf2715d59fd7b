import { decodeText, isByteArray } from '@sluice/body/engine'
import type { AppendOutcome, LogEpoch, LogPage, LogRecord } from '../engine/engine.ts'

export const outcomeOf = (reply: unknown): AppendOutcome => {
  const [kind, epoch, seq] = listOf(reply)
  switch (textOf(kind)) {
    case 'appended':
      return { kind: 'appended', epoch: textOf(epoch), seq: numberOf(seq) }
    case 'ended':
      return { kind: 'ended' }
    case 'not held':
      return { kind: 'not held' }
    default:
      throw unexpected(kind)
  }
}

export const pageOf = (reply: unknown): LogPage => {
  const [epochs, first, last, ended, ...flat] = listOf(reply)
  const records: LogRecord[] = []
  for (let i = 0; i + 1 < flat.length; i += 2)
    records.push({ seq: numberOf(flat[i]), bytes: bytesOf(flat[i + 1]) })
  const state = {
    epochs: epochsOf(textOf(epochs)),
    first: numberOf(first),
    last: numberOf(last),
    ended: numberOf(ended) === 1,
  }
  return { state, records }
}

/** What a look has found of a topic. */
export interface Looked {
  /** The newest one; empty if there is no log. */
  readonly epoch: string
  readonly last: number
}

export interface Look {
  /** The newest note, if the one that was read last is gone. */
  readonly newestNote: string | undefined
  readonly topics: readonly Looked[]
}

export const lookOf = (reply: unknown): Look => {
  const [note, ...flat] = listOf(reply)
  const topics: Looked[] = []
  for (let i = 0; i + 1 < flat.length; i += 2)
    topics.push({ epoch: textOf(flat[i]), last: numberOf(flat[i + 1]) })
  return { newestNote: textOf(note) || undefined, topics }
}

/** Entries of a stream that XREAD or XREVRANGE gave. */
export interface StreamEntry {
  /** The id: two numbers. */
  readonly id: string
  /** The name of the first field. */
  readonly name: string
  readonly value: Uint8Array
  /** Whether there is a second field. */
  readonly isMarked: boolean
}

export const entriesOf = (reply: unknown): readonly StreamEntry[] =>
  listOf(reply).map((entry) => {
    const [id, fields] = listOf(entry)
    const [name, value, ...rest] = listOf(fields)
    return {
      id: textOf(id),
      name: textOf(name),
      value: bytesOf(value),
      isMarked: rest.length > 0,
    }
  })

/** What XREAD gave, by key; empty if its time was over. */
export const streamsOf = (
  reply: unknown,
): readonly (readonly [string, readonly StreamEntry[]])[] =>
  reply === null
    ? []
    : listOf(reply).map((stream) => {
        const [key, entries] = listOf(stream)
        return [textOf(key), entriesOf(entries)] as const
      })

export const textOrNoneOf = (reply: unknown): string | undefined =>
  reply === null ? undefined : textOf(reply)

export const textOf = (reply: unknown): string =>
  typeof reply === 'string' ? reply : decodeText(bytesOf(reply))

const epochsOf = (text: string): readonly LogEpoch[] =>
  text === ''
    ? []
    : text.split(',').map((epoch) => {
        const [id = '', from] = epoch.split(':')
        return { id, from: Number(from) }
      })

const listOf = (reply: unknown): readonly unknown[] => {
  if (Array.isArray(reply)) return reply
  throw unexpected(reply)
}

const numberOf = (reply: unknown): number => {
  if (typeof reply === 'number') return reply
  throw unexpected(reply)
}

const bytesOf = (reply: unknown): Uint8Array => {
  if (isByteArray(reply)) return reply
  throw unexpected(reply)
}

const unexpected = (found: unknown) =>
  new TypeError(`Cannot read a reply of Redis: found ${found === null ? 'nothing' : typeof found}`)
