import { propertyOf } from '@sluice/body/engine'
import { textOf } from './replies.ts'
import type { Script } from './scripts.ts'
import type { Session } from './session.ts'

/** Runs a script, by its digest if the server has it. */
export const runScript = async (
  session: Session,
  script: Script,
  keys: readonly string[],
  args: readonly (string | Uint8Array)[],
): Promise<unknown> => {
  script.digest ??= textOf(await session.send(['SCRIPT', 'LOAD', script.text]))
  const rest = [String(keys.length), ...keys, ...args]
  try {
    return await session.send(['EVALSHA', script.digest, ...rest])
  } catch (error) {
    // The server was restarted, or is another one. It keeps a script that it was given once.
    if (!isUnknownScript(error)) throw error
    return session.send(['EVAL', script.text, ...rest])
  }
}

const isUnknownScript = (error: unknown): boolean =>
  String(propertyOf(error, 'message')).startsWith('NOSCRIPT')
