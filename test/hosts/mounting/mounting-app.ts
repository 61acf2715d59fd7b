import type { Host } from '../hosts.ts'

/** An app of a host, with a gap for the lines of a README that mount something in it. */
export interface MountingApp {
  readonly readme: string
  /** The comment over the lines; empty if there is none. */
  readonly under: string
  /** How each statement begins that is copied. */
  readonly lines: readonly string[]
  readonly name: string
  readonly runtime: Host['runtime']
  readonly before: string
  readonly after: string
  /** `/page` by default. */
  readonly path?: string
  /** The coding in which the page arrives, if the lines mount a middleware that compresses. */
  readonly coding?: 'gzip'
}
