import { EngineTestError } from './engine-test-error.ts'

/** @throws {EngineTestError} If the two differ as JSON. */
export const expectEqual = (what: string, found: unknown, wanted: unknown): void => {
  const foundText = textOfRecord(found)
  const wantedText = textOfRecord(wanted)
  if (foundText !== wantedText) throw unexpected(what, foundText, wantedText)
}

/** @throws {EngineTestError} If it does not hold. */
export const expectThat = (what: string, holds: boolean, found: unknown, wanted: string): void => {
  if (!holds) throw unexpected(what, textOfRecord(found), wanted)
}

/** @throws {EngineTestError} By the promise, if the call does not reject, or not in time. */
export const expectRejection = async (what: string, call: Promise<unknown>): Promise<void> => {
  const outcome = await settles(call)
  if (outcome !== undefined) throw unexpected(what, textOfRecord(outcome.value), 'a rejection')
}

/**
 * What a call fulfils with; `undefined` if it rejects.
 *
 * @throws {EngineTestError} By the promise, if it does neither in time.
 */
export const settles = async (
  call: Promise<unknown>,
): Promise<{ readonly value: unknown } | undefined> => {
  try {
    return { value: await call }
  } catch (error) {
    if (error instanceof EngineTestError) throw error // error handling
    return undefined
  }
}

const unexpected = (what: string, found: string, wanted: string) =>
  new EngineTestError(`${what}: found ${shortened(found)}, wanted ${shortened(wanted)}`)

const textOfRecord = (value: unknown): string => JSON.stringify(value) ?? String(value)

const maxLength = 400

const shortened = (text: string): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength)}… (${text.length} characters)`
