import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { selfSigned } from '../../support/server/self-signed.ts'
import { Http1Exchange } from './http1-exchange.ts'
import { Http2Exchange } from './http2-exchange.ts'
import { TlsTap } from './tls-tap.ts'
import type { Protocol } from '../hosts.ts'
import type { Ask, Exchange } from './exchange.ts'

const host = '127.0.0.1'
const tls = { ca: selfSigned.cert, servername: 'localhost' }

/** Sends a request on a connection of its own. What is sent waits until there is a connection. */
export const openExchange = (
  port: number,
  protocol: Protocol,
  target: string,
  ask?: Ask,
): Exchange => {
  switch (protocol) {
    case 'http/1.1':
    case 'https':
      return openHttp1(port, protocol, target, ask)
    case 'h2':
      return new Http2Exchange(connectHttp2(`https://${host}:${port}`, tls), target, ask)
    case 'h2c':
      return new Http2Exchange(connectHttp2(`http://${host}:${port}`), target, ask)
  }
}

/** The same, in HTTP/1.x. */
export const openHttp1 = (
  port: number,
  protocol: 'http/1.1' | 'https',
  target: string,
  ask?: Ask,
): Http1Exchange => {
  const below = connect({ host, port, allowHalfOpen: true }).setNoDelay(true)
  if (protocol === 'http/1.1') return new Http1Exchange(below, below, () => true, target, ask)
  const tap = new TlsTap(below)
  const options = { ...tls, ALPNProtocols: ['http/1.1'], maxVersion: 'TLSv1.2' } as const
  const socket = connectTls({ ...options, socket: tap })
  return new Http1Exchange(socket, below, () => tap.endedByAlert, target, ask)
}
