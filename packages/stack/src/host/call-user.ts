import { isPromiseLike } from '@sluice/body/engine'
import { whenSettled } from './when-settled.ts'

/**
 * Calls a callback of the user without waiting for it. What it throws, or rejects with, goes to `failed`.
 *
 * TypeScript accepts an `async` function as a callback that returns nothing. Its rejection would end the process.
 */
export const callUser = (call: () => unknown, failed: (error: unknown) => void): void => {
  try {
    const outcome = call()
    if (isPromiseLike(outcome)) whenSettled(outcome, () => {}, failed)
  } catch (error) {
    failed(error)
  }
}

/** Gives an error to `onError`. If that fails, both errors are printed: otherwise the first would be lost. */
export const giveToOnError = (onError: () => unknown, error: unknown): void =>
  callUser(onError, (failure) => {
    printError(error)
    printError(failure)
  })

/** Prints an error to stderr. Never throws: an error may have an inspector that does. */
export const printError = (error: unknown): void => {
  try {
    console.error(error)
  } catch {
    printLine('Cannot print an error: printing it threw')
  }
}

const printLine = (line: string): void => {
  try {
    console.error(line)
  } catch {
    // The console itself throws: there is nowhere left to report it.
  }
}
