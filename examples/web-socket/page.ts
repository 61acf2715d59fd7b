export const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>WebSocket</title><style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: .5rem 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.25rem; margin: 0 } form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: .5rem 0 } p { margin: 0 }
label { display: grid; flex: 1 } input, button { font: inherit; min-width: 0 }
[role=log] { padding: .5rem; margin: .5rem 0; height: 8rem; overflow-y: auto; border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); border-radius: .5rem }
</style><main><h1>A room</h1>
<p id="state" role="status">Connecting.</p>
<div role="log" aria-label="What is said" tabindex="0"></div>
<form><label>Words <input name="words" maxlength="1000" autocomplete="off" required></label><button>Say</button></form>
<noscript>A WebSocket needs JavaScript.</noscript>
<script>
const [log, state, form] = ['[role=log]', '#state', 'form'].map((selector) => document.querySelector(selector))
let socket
const connect = () => {
  socket = new WebSocket(location.href.replace(/^http/, 'ws'))
  socket.onopen = () => { state.textContent = 'Connected.' }
  socket.onmessage = ({ data }) => {
    const line = document.createElement('p')
    line.textContent = data
    log.append(line)
    if (log.children.length > 200) log.firstChild.remove()
    log.scrollTop = log.scrollHeight
  }
  socket.onclose = ({ code, reason }) => {
    state.textContent = 'Closed: ' + code + ' ' + reason + '. It reconnects soon.'
    setTimeout(connect, 1000 + Math.random() * 2000)
  }
}
form.onsubmit = (event) => {
  event.preventDefault()
  if (socket.readyState !== WebSocket.OPEN) return
  socket.send(form.words.value)
  form.reset()
}
connect()
</script></main>
`
