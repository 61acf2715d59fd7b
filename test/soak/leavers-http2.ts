import { connect, constants } from 'node:http2'
import { between } from './lab.ts'
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'

const sessionsAtOnce = 12
const streamsOfSession = 20
/** Milliseconds after which the most patient client leaves. */
const mostMs = 25
/** Milliseconds after which one that has stopped reading goes for good. */
const goneMs = 60

type Random = () => number

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = constants

/** The ways in which a stream ends early. */
const leaves: readonly ((stream: ClientHttp2Stream) => void)[] = [
  (stream) => stream.close(NGHTTP2_CANCEL),
  (stream) => stream.close(NGHTTP2_INTERNAL_ERROR),
  (stream) => stream.destroy(),
  (stream) => {
    stream.pause()
    setTimeout(() => stream.close(NGHTTP2_CANCEL), goneMs)
  },
]

const leaveOnce = (session: ClientHttp2Session, path: string, random: Random): Promise<void> =>
  new Promise((resolve) => {
    if (session.destroyed || session.closed) return resolve()
    const isUpload = path.endsWith('/upload')
    const stream = session.request({ ':path': path, ':method': isUpload ? 'POST' : 'GET' })
    if (isUpload) stream.write('a'.repeat(500))
    const leave = leaves[between(random, 0, leaves.length - 1)]
    const timer = setTimeout(() => leave?.(stream), random() * mostMs)
    stream.on('error', () => {})
    if (random() > 0.2) stream.resume()
    stream.on('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })

/** The whole connection goes with its streams, now and then. */
const leaveSession = (session: ClientHttp2Session, random: Random): void => {
  const way = between(random, 0, 2)
  if (way === 0) session.destroy()
  else if (way === 1) session.goaway()
  else session.close()
}

const oneSession = async (port: number, paths: readonly string[], random: Random) => {
  const session = connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  const gone = new Promise((resolve) => session.on('close', resolve))
  const streams = Array.from({ length: streamsOfSession }, () =>
    leaveOnce(session, paths[between(random, 0, paths.length - 1)] ?? '/', random),
  )
  if (random() < 0.3) setTimeout(() => leaveSession(session, random), random() * mostMs)
  await Promise.all(streams)
  session.destroy()
  await gone
}

/** So many streams, on connections of several, each of which asks for one of the paths and ends early. */
export const leaveManyHttp2 = async (
  port: number,
  { paths, count, random }: { paths: readonly string[]; count: number; random: Random },
): Promise<void> => {
  let left = Math.ceil(count / streamsOfSession)
  const one = async () => {
    while (left-- > 0) await oneSession(port, paths, random)
  }
  await Promise.all(Array.from({ length: sessionsAtOnce }, one))
}

/** Asks for the paths that the server has. */
export const askPathsHttp2 = async (port: number): Promise<readonly string[]> => {
  const session = connect(`http://127.0.0.1:${port}`)
  try {
    let content = ''
    for await (const part of session.request({ ':path': '/paths' }).setEncoding('utf8'))
      content += part
    return content.split(' ')
  } finally {
    session.destroy()
  }
}
