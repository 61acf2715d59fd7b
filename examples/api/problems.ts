import { STATUS_CODES } from 'node:http'
import { readText } from '@sluice/body'
import { answerError, HttpError, text } from '@sluice/stack'
import { ZodError } from 'zod'
import type { HttpResponse, PassingMiddleware } from '@sluice/stack'
import type { Logger } from 'pino'

/** Answers errors as `application/problem+json` (RFC 9457), and logs those that are ours. */
export const problems =
  (log: Logger): PassingMiddleware =>
  (next) =>
  async (request) => {
    try {
      return await next(request)
    } catch (error) {
      const response = await problemOf(error)
      if (response.status >= 500)
        log.error({ err: error, method: request.method, target: request.target }, 'failed')
      return response
    }
  }

/** The names of RFC 9110, as in the status line: Node has older ones for two. */
const titles: Readonly<Record<number, string | undefined>> = {
  ...STATUS_CODES,
  413: 'Content Too Large',
  422: 'Unprocessable Content',
}

/** `answerError` decides the status, and whether the client may see the message. */
const problemOf = async (error: unknown): Promise<HttpResponse> => {
  const { status, headers, body } = answerError(error)
  const detail = (await readText(body)).trimEnd()
  const problem = {
    status,
    title: titles[status],
    detail: detail === '' ? undefined : detail,
    issues: issuesOf(error),
  }
  return text(`${JSON.stringify(problem)}\n`, {
    status,
    headers: headers.with('content-type', 'application/problem+json'),
  })
}

const issuesOf = (error: unknown) =>
  error instanceof HttpError && error.cause instanceof ZodError
    ? error.cause.issues.map(({ path, message }) => ({ path, message }))
    : undefined
