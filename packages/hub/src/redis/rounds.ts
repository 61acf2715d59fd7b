// Notes tell that a log began again or was removed. Each names the note before it, so the tail sees if notes are missing that were
// evicted or trimmed before it has read them. Then it looks at all topics.
//
// If the newest note is evicted, nothing comes. And a log that expires or is evicted writes no note. So there are rounds: each
// sees whether the note that was read last is still there, and looks at some topics, so that all have their turn in less than a minute.
// A look is cheaper than reading, and only a topic that is not as it should be is read.

import { entriesOf, textOf } from './replies.ts'
import type { Followed } from './followed.ts'
import type { Look, StreamEntry } from './replies.ts'
import type { Session } from './session.ts'

export interface RoundsHost {
  readonly keys: { readonly notes: string }
  look(session: Session, topics: readonly string[], lastNote: string): Promise<Look>
}

/** Milliseconds between two rounds. XREAD waits no longer than until the next one, so a wake that was lost costs no more. */
const roundMs = 2_000

/** Rounds in which all topics are looked at. */
const roundsForAll = 20

/** Topics of one script: Redis does nothing else meanwhile. */
const topicsAtOnce = 100

const noNote = '0-0'

/** Looks at followed topics from time to time, and after notes were lost. */
export class Rounds {
  readonly #host: RoundsHost
  /** By the key of the log. What was looked at last is at the end. */
  readonly #followed: Map<string, Followed>
  #lastNote = noNote
  #hasLostNotes = false
  #nextAt = 0

  constructor(host: RoundsHost, followed: Map<string, Followed>) {
    this.#host = host
    this.#followed = followed
  }

  /** The id of the note that was read last. */
  get lastNote(): string {
    return this.#lastNote
  }

  /** Whole milliseconds until the next round, at least 1. */
  get msLeft(): number {
    return Math.max(1, Math.ceil(this.#nextAt - performance.now()))
  }

  /** Skips the notes until now: what they tell is in the logs themselves, which are read after this. */
  async begin(session: Session): Promise<void> {
    const reply = await session.send(['XREVRANGE', this.#host.keys.notes, '+', '-', 'COUNT', '1'])
    this.#lastNote = entriesOf(reply)[0]?.id ?? noNote
    this.#hasLostNotes = false
    this.#nextAt = performance.now() + roundMs
  }

  /** Logs that began again or were removed are to be read by the script. */
  heed(notes: readonly StreamEntry[]): void {
    for (const { id, name, value } of notes) {
      if (name !== this.#lastNote) this.#hasLostNotes = true
      this.#lastNote = id
      const followed = this.#followed.get(textOf(value))
      if (followed !== undefined) followed.isSynced = false
    }
  }

  /** Looks, if it is time or notes were lost. Topics that are not as they should be are not synced after it. */
  async look(session: Session): Promise<void> {
    if (!this.#hasLostNotes && performance.now() < this.#nextAt) return
    this.#nextAt = performance.now() + roundMs
    let left = Math.max(topicsAtOnce, Math.ceil(this.#followed.size / roundsForAll))
    if (this.#hasLostNotes) left = this.#followed.size
    this.#hasLostNotes = false
    while (left > 0) {
      const looked = this.#takeTurns(Math.min(left, topicsAtOnce))
      left -= topicsAtOnce
      const names = looked.map(({ topic }) => topic)
      const { newestNote, topics } = await this.#host.look(session, names, this.#lastNote)
      for (const [index, found] of topics.entries()) looked[index]?.compare(found)
      if (newestNote === undefined) continue
      this.#lastNote = newestNote
      left = this.#followed.size
    }
  }

  /** The topics that were looked at longest ago. */
  #takeTurns(count: number): readonly Followed[] {
    const turns = [...this.#followed].slice(0, count)
    for (const [key, followed] of turns) {
      this.#followed.delete(key)
      this.#followed.set(key, followed)
    }
    return turns.map(([, followed]) => followed)
  }
}
