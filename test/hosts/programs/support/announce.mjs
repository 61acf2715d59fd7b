/** Tells the runner where the host listens: one line of JSON. */
export const announce = (at) => console.log(JSON.stringify(at))

/** Makes a server of Node listen on a free port of this machine, and tells the runner. */
export const listen = (server, protocol) =>
  server.listen(0, '127.0.0.1', () => announce({ port: server.address().port, protocol }))
