/** What Node and similar runtimes have beyond the web platform. */
interface Platform {
  readonly performance: object
  readonly process?: { getActiveResourcesInfo?(): readonly string[] }
}

const platform: Platform = globalThis

/** How many handles and timers keep the process running; `undefined` if the platform does not tell. */
export const handlesNow = (): number | undefined =>
  platform.process?.getActiveResourcesInfo?.().length
