// Runs on a worker thread, since PGlite computes for seconds at a time. JavaScript: Node 20 runs no TypeScript there.
import { createServer } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

/** The messages of PostgreSQL's protocol: a letter, which the first has not, a size that counts itself, content. */
async function* messagesOf(socket) {
  let unread = Buffer.alloc(0)
  let letters = 0
  try {
    for await (const chunk of socket) {
      unread = Buffer.concat([unread, chunk])
      while (unread.length >= letters + 4) {
        const size = letters + unread.readUInt32BE(letters)
        if (size < 5 || size > 1_000_000) return
        if (unread.length < size) break
        yield unread.subarray(0, size)
        unread = unread.subarray(size)
        letters = 1
      }
    }
  } catch {
    // The connection is lost.
  }
}

const database = await PGlite.create()

/** If PGlite fails here, the thread ends, and the next request starts another. */
const answer = async (socket, first, messages) => {
  socket.write(await database.execProtocolRaw(first))
  for await (const message of messages) socket.write(await database.execProtocolRaw(message))
  await database.exec('rollback')
  await database.exec('discard all')
}

/** PGlite has one session: a connection waits until the one before it is over. */
let session = Promise.resolve()

const server = createServer(async (socket) => {
  socket.on('error', () => {})
  const messages = messagesOf(socket)
  const { value: first } = await messages.next()
  // Other programs on this machine can connect too. Ours says the key.
  if (first?.includes(workerData.key) === true) {
    session = session.then(() => answer(socket, first, messages))
    await session
  }
  socket.destroy()
})
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
