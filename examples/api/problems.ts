import { STATUS_CODES } from 'node:http'
import { readText } from '@sluice/body'
import { answerError, HttpError, json } from '@sluice/stack'
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

/** `answerError` decides the status, and whether the client may see the message. */
const problemOf = async (error: unknown): Promise<HttpResponse> => {
  const { status, headers, body } = answerError(error)
  const detail = (await readText(body)).trimEnd()
  const problem = {
    status,
    title: STATUS_CODES[status],
    detail: detail === '' ? undefined : detail,
    issues: issuesOf(error),
  }
  return json(problem, {
    status,
    headers: headers.with('content-type', 'application/problem+json'),
  })
}

const issuesOf = (error: unknown) =>
  error instanceof HttpError && error.cause instanceof ZodError
    ? error.cause.issues.map(({ path, message }) => ({ path, message }))
    : undefined
