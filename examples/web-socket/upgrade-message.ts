import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { HttpRequest } from '@sluice/stack'

/** The request as `ws` wants to see it: the message of `node:http`, of which it reads the method, the URL and the fields. */
export const upgradeMessage = ({ method, target, headers }: HttpRequest): IncomingMessage => {
  const message = new IncomingMessage(new Socket())
  message.method = method
  message.url = target
  for (const [name] of headers) message.headers[name] = headers.get(name)
  return message
}
