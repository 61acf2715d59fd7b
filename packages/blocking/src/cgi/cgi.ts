// CGI: a program is started for each request, reads the content from its stdin and prints its response (RFC 3875).
//
// - `metaVariables` makes the environment. `spool` of `@sluice/write-buffering` gives content its length, if it has none: the program
//   must be told `CONTENT_LENGTH` before it starts.
// - `Places` bound how many requests are here, and how many programs run. A `ProcessGroup` is a program with what it has started, and
//   ends all of it.
// - A `ProgramRun` is the program at work for one request: `feedProgram` writes its stdin, `ProgramOutput` reads its stdout,
//   `StderrLines` its stderr, and `Silence` is its time-out. All three streams run at the same time, so that no program can come to
//   a standstill because its output is not read while it is fed, or the reverse.
//
// What holds: nothing is buffered beyond a piece for each direction and what the kernel has. However a run ends, its program is
// ended, its slot is free when the program has gone, and no file, timer or listener is left.
import { toBody } from '@sluice/body'
import { closeBodyQuietly, fromPull, passingTraits, withTraits } from '@sluice/body/engine'
import { contentRule } from '@sluice/stack/host'
import { spool } from '@sluice/write-buffering'
import { tempFile } from '@sluice/write-buffering/spool'
import { checkHttpRequest } from '../check-http-request.ts'
import { cgiSettings } from './cgi-options.ts'
import { metaVariables } from './meta-variables.ts'
import { Places } from './places.ts'
import { isWithoutRoom } from './program-failure.ts'
import { startProgram } from './program-run.ts'
import { timedContent } from './timed-content.ts'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { CgiCommand, CgiOptions } from './cgi-options.ts'
import type { Variables } from './meta-variables.ts'
import type { Content, ProgramRun } from './program-run.ts'
import type { CgiHead } from './response-head.ts'

/**
 * A CGI program, in any language, as a handler (RFC 3875).
 *
 * The program is started for each request, without a shell. What it prints is sent at once: each piece is followed by a flush. Content
 * whose length is known goes straight to its stdin; other content is held first, in memory or in a file that is deleted. Both
 * directions have backpressure. It is ended, with the processes of its group, when the client leaves.
 *
 * @param command Its path, or a list of its path and arguments.
 * @throws {TypeError | RangeError} At the call, if an option is invalid.
 * @throws {HttpError} In place of the response, or, once the head has come, from its body: `CGI_BUSY` (503), `CGI_FAILED`,
 * `CGI_HEAD_INVALID` (502), `CGI_TIMEOUT` (504); `CLIENT_TIMEOUT` (408); `BODY_TOO_LARGE` (413) for content of unknown length.
 *
 * @example
 * ```ts
 * import { cgi } from '@sluice/blocking/cgi'
 * import { readText } from '@sluice/body'
 * import { request } from '@sluice/stack'
 *
 * const hello = cgi(['/bin/sh', '-c', 'echo Content-Type: text/plain; echo; echo "Hello, $QUERY_STRING"'])
 * const { body } = await hello(request('/?tea'))
 * if ((await readText(body)) !== 'Hello, tea\n') throw new Error('not run')
 * ```
 */
export const cgi = (command: CgiCommand, options: CgiOptions = {}): Handler => {
  const settings = cgiSettings(command, options)
  const { maxMemoryBytes, maxBytes, idleTimeoutMs } = settings
  const hold = spool({ maxMemoryBytes, maxBytes, spill: tempFile() })
  const places = new Places(settings)

  const handle: Handler = async (request) => {
    checkHttpRequest(request)
    // First, since it refuses a path before the content is read.
    const variables = metaVariables(request, settings)
    const place = places.enter()
    const content = await place.unlessFailed(() => withLength(request, hold, idleTimeoutMs))
    try {
      await place.takeSlot(request.client.signal)
      const env = { ...lengthVariable(request, content), ...variables }
      const run = await startProgram(request, env, settings, () => place.leave())
      return await respond(request, await run.head(content), run)
    } catch (error) {
      if (isWithoutRoom(error)) places.pause()
      // It may be in a file. Does nothing if the program has been fed with it.
      await closeBodyQuietly(content.body)
      throw error
    }
  }
  return withTraits(passingTraits, handle)
}

/** Content of a known length is passed on as it comes. */
const withLength = (
  { body, client }: HttpRequest,
  hold: ReturnType<typeof spool>,
  idleTimeoutMs: number,
): Content | PromiseLike<Content> => {
  const { byteLength } = body
  return byteLength === undefined
    ? hold(timedContent(body, idleTimeoutMs), client.signal)
    : { body, byteLength }
}

/** RFC 3875 4.1.2: it is set if and only if there is content. */
const lengthVariable = ({ headers }: HttpRequest, { byteLength }: Content): Variables =>
  byteLength > 0 || headers.has('content-length') || headers.has('transfer-encoding')
    ? { CONTENT_LENGTH: String(byteLength) }
    : {}

/**
 * A response without content also waits for the end of the program: it may still fail, and what it does must not be cut off.
 *
 * RFC 9110 8.6: the length of a response to HEAD is that of the GET, so it is unknown if the program does not tell it.
 */
const respond = async (
  { method }: HttpRequest,
  { status, headers, byteLength }: CgiHead,
  { output }: ProgramRun,
): Promise<HttpResponse> => {
  const mayHaveContent = contentRule(status) === 'may have content'
  if (method !== 'HEAD' && mayHaveContent)
    return { status, headers, body: fromPull(() => output, byteLength) }
  await output.discard()
  return { status, headers, body: toBody(mayHaveContent ? [] : null) }
}
