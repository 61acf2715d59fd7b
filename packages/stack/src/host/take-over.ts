import { fields, toBody } from '@sluice/body'
import type { FieldsInit } from '@sluice/body'
import type { HttpResponse } from '../http.ts'

/** A response after which the connection speaks another protocol. `Run` is a function of the host's kind of socket. */
export interface SwitchingResponse<Run> extends HttpResponse {
  readonly takeOver: Run
  /** Whether `takeOver` writes the response itself. */
  readonly writesResponse: boolean
}

export interface TakeOverInit {
  /** 101 by default; 200 for CONNECT. */
  readonly status?: number
  /** Fields of the response. A 101 needs `upgrade`. */
  readonly headers?: FieldsInit
  /** Whether `takeOver` writes the response itself, as the libraries for WebSocket do; `false` by default. */
  readonly writesResponse?: boolean
}

/** A response that hands the connection over: hosts export it with their kind of socket. */
export const switchingResponse = <Run>(
  run: Run,
  { status = 101, headers, writesResponse = false }: TakeOverInit = {},
): SwitchingResponse<Run> => ({
  status,
  headers: fields(headers),
  body: toBody(null),
  takeOver: run,
  writesResponse,
})

/** Recognizes a response that takes over by its shape. */
export const takesOver = <Run = (socket: unknown, head: unknown) => void>(
  response: HttpResponse,
): response is SwitchingResponse<Run> => typeof takeOverOf(response) === 'function'

/** A look-up, not `in`: it is asked of every response. */
const takeOverOf = (response: HttpResponse & { readonly takeOver?: unknown }) => response.takeOver
