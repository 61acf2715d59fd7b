import type { Host } from '../hosts.ts'
import type { Site } from '../support/site.ts'

/** Tries something on a running host: asserts what the client sees, and what `/probe` says. */
export type Trial = (site: Site) => Promise<void>

/** A row of the matrix. */
export interface Behaviour {
  /** A sentence, as it stands in the table of the root README. */
  readonly name: string
  /** Why a host has no such cell, if it has none: HTTP/2 has no Upgrade, for one. */
  readonly without?: (host: Host) => boolean
  readonly run: Trial
  /** What happens instead in hosts that cannot do this, in the words of the README, and its own trial. */
  readonly losses?: Readonly<Record<string, Trial>>
}
