import type { Engine } from '@sluice/hub'

/** A store of logs for a run of chaos. */
export interface ChaosStore {
  readonly name: string
  /** A process that reads; several engines share the store. */
  engine(): Engine
  /** How `appender.ts` reaches the store; without it, the appenders are hubs in this process. */
  readonly reach: Reach | undefined
  /** Ends the server and starts it again. Fulfils when it answers. */
  readonly restart?: () => Promise<void>
  stop(): Promise<void>
}

/** The arguments of an appender in another process. */
export type Reach =
  | { readonly kind: 'redis'; readonly port: number; readonly prefix: string }
  | {
      readonly kind: 'postgres'
      readonly host: string
      readonly port: number
      readonly user: string
    }
