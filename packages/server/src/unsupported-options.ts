/** Options of `node:net` and `node:http` that `serve` does not have, and what to use instead. */
const replacements: Readonly<Record<string, string>> = {
  allowHalfOpen: 'none: connections are half-open, see halfClosedTimeoutMs',
  blockList: 'a check of client.address in the handler',
  connectionsCheckingInterval: 'none: time-outs are kept to within a second',
  headersTimeout: 'headTimeoutMs',
  highWaterMark: 'highWaterBytes',
  hostname: 'host',
  insecureHTTPParser: 'none: malformed requests are refused',
  IncomingMessage: 'none',
  joinDuplicateHeaders: 'none: fields keep their lines',
  keepAliveTimeout: 'idleTimeoutMs',
  maxHeaderSize: 'maxHeadBytes',
  maxHeadersCount: 'maxFields',
  maxRequestsPerSocket: 'the field connection: close in a response',
  optimizeEmptyRequests: 'none',
  pauseOnConnect: 'none',
  rejectNonStandardBodyWrites: 'none',
  requestTimeout: 'requestTimeoutMs',
  requireHostHeader: 'none: RFC 9112 requires it',
  ServerResponse: 'none',
  shouldUpgradeCallback: 'takeOver in the handler',
  timeout: 'contentTimeoutMs and writeTimeoutMs',
  uniqueHeaders: 'none',
  ca: 'tls: { ca }',
  cert: 'tls: { cert }',
  key: 'tls: { key }',
  pfx: 'tls: { pfx }',
  ALPNProtocols: 'tls: { ALPNProtocols }',
  SNICallback: 'tls: { SNICallback }',
}

/** Options of creating a server. They would have no effect on a given one. */
const creationOptions = ['tls', 'noDelay', 'keepAlive', 'keepAliveInitialDelay'] as const

/**
 * Refuses options that would be ignored silently: those of Node that have another name here, and those of creating a server if a
 * server is given.
 *
 * @throws {TypeError} At the first one.
 */
export const refuseUnsupported = (options: Readonly<Record<string, unknown>>): void => {
  for (const [name, instead] of Object.entries(replacements)) {
    if (options[name] === undefined) continue
    throw new TypeError(
      `Cannot use ${name}: found an option that serve does not have, wanted ${instead}`,
    )
  }
  if (options.server === undefined) return
  for (const name of creationOptions) {
    if (options[name] === undefined) continue
    throw new TypeError(
      `Cannot use ${name}: found a server that is there already, wanted the option when it was created`,
    )
  }
}
