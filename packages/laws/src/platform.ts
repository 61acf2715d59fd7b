/** What Node and similar runtimes have beyond the web platform. */
interface Platform {
  readonly performance: object
  readonly process?: {
    getActiveResourcesInfo?(): readonly string[]
    on?(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown
    off?(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown
    listenerCount?(event: 'unhandledRejection'): number
  }
  readonly Buffer?: {
    from(memory: ArrayBufferLike, offset: number, length: number): Uint8Array
  }
}

export const platform: Platform = globalThis
