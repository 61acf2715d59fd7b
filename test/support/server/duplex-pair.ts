import { Duplex } from 'node:stream'

/** Two ends of one line in memory: what is written to one is read from the other, in pieces of so many bytes at most. */
export const duplexPair = (pieceBytes: number): readonly [Duplex, Duplex] => {
  const near: Duplex = end(() => far, pieceBytes)
  const far: Duplex = end(() => near, pieceBytes)
  return [near, far]
}

const end = (other: () => Duplex, pieceBytes: number): Duplex => {
  let wanted = (): void => {}
  return new Duplex({
    highWaterMark: 16_384,
    read() {
      wanted()
    },
    // Called back when the other end has room: a writer waits for a reader, as on a socket.
    write(chunk: Uint8Array, _encoding, taken) {
      for (let at = 0; at < chunk.length; at += pieceBytes)
        if (!other().push(chunk.subarray(at, at + pieceBytes)) && at + pieceBytes >= chunk.length) {
          other().once(roomMade, () => taken())
          return
        }
      taken()
    },
    final(done) {
      other().push(null)
      done()
    },
    construct(done) {
      wanted = () => this.emit(roomMade)
      done()
    },
  })
}

const roomMade = 'room made'
