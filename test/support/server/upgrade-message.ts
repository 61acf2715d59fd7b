import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { HttpRequest } from '@sluice/stack'

/** A request as libraries on `node:http` want to see it. */
export const upgradeMessage = ({ method, target, headers }: HttpRequest): IncomingMessage => {
  const message = new IncomingMessage(new Socket())
  message.method = method
  message.url = target
  for (const [name] of headers) message.headers[name] = headers.get(name)
  return message
}
