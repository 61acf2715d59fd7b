import { listMembers } from '@sluice/body/engine'
import { responseInvalid } from './content-length.ts'
import type { HttpResponse } from '../http.ts'

/**
 * Checks the response to an Upgrade or a CONNECT that hands the connection over (RFC 9110 7.8 and 9.3.6).
 *
 * @param upgrade The `Upgrade` of the request.
 * @throws {HttpError} `RESPONSE_INVALID` (500): 101 to a request without Upgrade, a protocol that was not offered, or another status
 * to a request that is not CONNECT.
 */
export const checkSwitch = (
  method: string,
  upgrade: string | undefined,
  { status, headers }: HttpResponse,
): void => {
  const tunnels = method === 'CONNECT' && status >= 200 && status < 300
  if (!tunnels && !(status === 101 && upgrade !== undefined))
    throw responseInvalid(`a connection to be taken over with status ${status} after ${method}`)
  if (status !== 101) return
  for (const chosen of headers.getAll('upgrade')) checkOffered(chosen, upgrade ?? '')
}

/** RFC 9110 7.8: a server must not switch to a protocol that the client did not offer. */
const checkOffered = (chosen: string, offered: string): void => {
  const offers = listMembers(offered)
  for (const protocol of listMembers(chosen)) {
    if (!offers.includes(protocol))
      throw responseInvalid(`a switch to ${protocol}, which the client did not offer`)
  }
}
