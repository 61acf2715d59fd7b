// The output of a command as it arrives, and how it ended. When the client leaves, nothing is left of it.
import { proxyHints } from '@sluice/flush'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, requestUrl, stack, stream, text } from '@sluice/stack'
import { writing } from '@sluice/write-buffering'
import { commands } from './commands.ts'
import { asPage, asText } from './page.ts'
import { runningCommands, startCommand } from './running-command.ts'
import { wholeLines } from './whole-lines.ts'
import type { Body } from '@sluice/body'
import type { Client, Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { Command } from './commands.ts'
import type { View } from './page.ts'
import type { RunningCommand } from './running-command.ts'

export const about = {
  path: '/process-page',
  line: 'a command: its output as it arrives, its exit code, and nothing left of it when the client leaves',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}/count`,
    `curl -N ${url}/stubborn  # and leave it: it ends, although it ignores SIGTERM`,
    `curl -N --limit-rate 100 ${url}/flood  # it goes no faster than you read`,
  ],
}

export interface PageOptions {
  /** Milliseconds that a command may take: 30,000 by default. */
  readonly timeoutMs?: number
  /** Characters that it may print on both streams: a million by default. */
  readonly maxOutput?: number
  /** Commands at once: 20 by default. */
  readonly maxCommands?: number
  /** Milliseconds between SIGTERM and SIGKILL: 1,000 by default. */
  readonly killAfterMs?: number
}

/** @param list The commands that a client may choose from, by name. */
export const processPage = (
  list: ReadonlyMap<string, Command>,
  {
    timeoutMs = 30_000,
    maxOutput = 1_000_000,
    maxCommands = 20,
    killAfterMs = 1000,
  }: PageOptions = {},
): Handler => {
  const page = (name: string, running: RunningCommand, view: View, { signal }: Client): Body =>
    writing(async (out) => {
      let printed = 0
      let limit = ''
      const end = (words: string) => {
        limit = `: ${words}`
        running.stop()
      }
      const timer = setTimeout(end, timeoutMs, `it took more than ${timeoutMs} ms`)
      const copy = async (from: 'stdout' | 'stderr') => {
        try {
          for await (const lines of wholeLines(running[from])) {
            printed += lines.length
            if (printed > maxOutput) return end(`it printed more than ${maxOutput} characters`)
            // If the client does not read, this waits, then the pipe fills, and then the command waits.
            await out.write(view[from](lines))
          }
        } catch (error) {
          // The streams of a command that was ended may break off.
          if (limit === '') throw error
        }
      }
      try {
        out.write(view.begin(about.path, name))
        await Promise.all([copy('stdout'), copy('stderr')])
        const ended = await running.ended
        // What was ended because the client has gone has no end that could be shown.
        signal.throwIfAborted()
        out.write(view.end(ended + limit))
      } finally {
        clearTimeout(timer)
        running.stop()
      }
    })

  const run = (request: HttpRequest): HttpResponse => {
    const { method, client, headers: asked } = request
    if (method !== 'GET' && method !== 'HEAD')
      return text('', { status: 405, headers: { allow: 'GET, HEAD' } })
    const view = asked.get('accept')?.includes('text/html') === true ? asPage : asText
    const headers = {
      'content-type': `${view.type}; charset=utf-8`,
      'x-content-type-options': 'nosniff',
      vary: 'accept',
    }
    const name = requestUrl(request).pathname.slice(about.path.length + 1)
    if (name === '') return text(view.list(about.path, [...list.keys()]), { headers })
    const command = list.get(name)
    if (command === undefined)
      throw new HttpError('NOT_FOUND', 'Cannot run the command: found none of this name')
    if (method === 'HEAD') return stream([], { headers })
    if (runningCommands() >= maxCommands)
      throw new HttpError('UNAVAILABLE', `Cannot run the command: ${maxCommands} are running`, {
        headers: { 'retry-after': '10' },
        expose: true,
      })
    client.signal.throwIfAborted()
    const running = startCommand(command, killAfterMs)
    // It aborts when the request is over, however it ends.
    client.signal.addEventListener('abort', running.stop, { once: true })
    return stream(page(name, running, view, client), { headers })
  }

  return stack(proxyHints())(run)
}

export const app: Handler = processPage(commands)

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
