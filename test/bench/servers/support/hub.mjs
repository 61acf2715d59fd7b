/**
 * One message at a time to all who wait for it.
 *
 * The load publishes the next only when every client has the last, so that nobody can miss one.
 */
export const makeHub = () => {
  let resolve = () => {}
  const hub = {
    message: '',
    /** Settles with the next message. */
    next: undefined,
    publish(message) {
      const tell = resolve
      hub.message = message
      renew()
      tell(message)
    },
  }
  const renew = () => {
    hub.next = new Promise((settle) => {
      resolve = settle
    })
  }
  renew()
  return hub
}

/** A message of so many bytes of data. */
export const messageOf = (bytes) => 'a'.repeat(bytes)

/** A message as it stands on the wire. */
export const eventOf = (message) => `event: tick\ndata: ${message}\n\n`

export const eventFields = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
