import { EngineTestError } from './engine-test-error.ts'

/** @throws {EngineTestError} If the two differ as JSON. */
export const expectEqual = (what: string, found: unknown, wanted: unknown): void => {
  const foundText = textOf(found)
  const wantedText = textOf(wanted)
  if (foundText !== wantedText) throw unexpected(what, foundText, wantedText)
}

/** @throws {EngineTestError} If it does not hold. */
export const expectThat = (what: string, holds: boolean, found: unknown, wanted: string): void => {
  if (!holds) throw unexpected(what, textOf(found), wanted)
}

/** @throws {EngineTestError} If the promise does not reject. */
export const expectRejection = async (what: string, promise: Promise<unknown>): Promise<void> => {
  const outcome = await promise.then(
    (value) => ({ value }),
    () => undefined,
  )
  if (outcome !== undefined) throw unexpected(what, textOf(outcome.value), 'a rejection')
}

const unexpected = (what: string, found: string, wanted: string) =>
  new EngineTestError(`${what}: found ${shortened(found)}, wanted ${shortened(wanted)}`)

const textOf = (value: unknown): string => JSON.stringify(value) ?? String(value)

const maxLength = 400

const shortened = (text: string): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength)}… (${text.length} characters)`
