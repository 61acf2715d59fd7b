/** An engine breaks its contract; the message says what was found and what was wanted. */
export class EngineTestError extends Error {
  override readonly name: string = 'EngineTestError'
  readonly code: string = 'ENGINE_BROKEN'
}
