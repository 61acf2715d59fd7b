import type { Engine } from '@sluice/hub'

/** A store of logs for a run of chaos. */
export interface ChaosStore {
  readonly name: string
  /** An engine of a process; all of a store share it. */
  engine(): Engine
  /** How `appender.ts` reaches the store. Without it, the appenders are hubs in this process. */
  readonly reach: Reach | undefined
  /** Ends the server and starts it again. Fulfils when it answers. */
  readonly restart?: () => Promise<void>
  readonly stop?: () => Promise<void>
}

/** The arguments of an appender in another process. */
export type Reach =
  | { readonly kind: 'redis'; readonly port: number }
  | {
      readonly kind: 'postgres'
      readonly address: {
        readonly host: string
        readonly user: string
        readonly database: string
      }
    }
