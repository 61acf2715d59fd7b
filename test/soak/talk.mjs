// A client of a WebSocket that talks and listens until it is killed: node test/soak/talk.mjs ws://…
import { WebSocket } from 'ws'

const socket = new WebSocket(process.argv[2])
socket.on('open', () => setInterval(() => socket.send('hello'), 100))
socket.on('message', () => {})
socket.on('error', () => {})
socket.on('close', () => process.exit())
