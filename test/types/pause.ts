// What `until` takes and gives, for the compiler alone.
import { allOf, firstOf, heartbeat, pause, sleep, until } from '@sluice/pause'
import type { ChildProcess } from 'node:child_process'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { MessagePort } from 'node:worker_threads'
import type { Body, Data, Flush, Pause, Trailers } from '@sluice/body'
import type { Wait } from '@sluice/pause'

declare const socket: Socket
declare const server: Server
declare const child: ChildProcess
declare const incoming: IncomingMessage
declare const outgoing: ServerResponse
declare const port: MessagePort
declare const request: Body<Data | Trailers>

export const nothing: readonly Wait<void>[] = [
  until(socket, 'readable'),
  until(socket, 'writable', { timeoutMs: 1 }),
  until(incoming, 'readable'),
  until(outgoing, 'writable'),
  sleep(1),
]
export const values: readonly Wait<readonly unknown[]>[] = [
  until(socket, 'connect'),
  until(server, 'listening'),
  until(child, 'exit', { signal: AbortSignal.timeout(1) }),
  until(process, 'SIGTERM'),
]
export const events: readonly Wait<Event>[] = [
  until(AbortSignal.timeout(1), 'abort'),
  until(port, 'message'),
]
export const value: Wait<number> = until(Promise.resolve(1), { signal: undefined })

export const either: Wait<number | readonly unknown[]> = firstOf(value, until(socket, 'connect'))
export const both: Wait<[number, void]> = allOf(value, sleep(1))

// @ts-expect-error an emitter needs the name of its event
until(socket)
// @ts-expect-error a promise has no event
until(Promise.resolve(), 'done')
// @ts-expect-error a wait has no text
sleep('1')
// @ts-expect-error what resumes has to be of the type that was named
pause<number>().resume('1')
// @ts-expect-error and has to be there
pause<number>().resume()
pause().resume()

export const frame: Pause = pause().frame
export const kept: Body<Data | Trailers | Flush> = heartbeat({ everyMs: 1, bytes: ':' })(request)
// @ts-expect-error flushes are added
export const without: Body<Data | Trailers> = heartbeat({ everyMs: 1, bytes: ':' })(request)
