// What the card of each example shows: which statements of which file, and what its live pane does.
import type { Pane } from './pane.ts'

const from = (file: string, ...names: readonly string[]) => ({ file, names })

/** By the path of the example. */
export const panes: Readonly<Record<string, Pane>> = {
  '/streamed-page': {
    need: 'stream',
    want: 'a page whose data comes later',
    source: from('app.ts', 'page'),
    see: 'The heading at once. Then three lists, each as soon as its rows are loaded.',
    live: '',
  },
  '/out-of-order-page': {
    need: 'stream',
    want: 'sections in the order they are ready',
    source: from('app.ts', 'htmlOf', 'writePage'),
    see: 'Four sections in the order in which they are ready, each at its place, without JavaScript.',
    live: '',
  },
  '/rewrite-html': {
    need: 'stream',
    want: 'change HTML on its way',
    source: from('app.ts', 'modern', 'app'),
    see: 'An old page, seven characters at a time. Its <b> arrives as <strong>, although it is cut in two.',
    live: [{ button: 'Start' }],
  },
  '/xml-rpc-page': {
    need: 'stream',
    want: 'a page from slow calls',
    source: from('app.ts', 'xmlRpcPage'),
    see: 'Four calls to another server, each shown when it is answered. One is slow, one fails, one is never answered.',
    live: '',
  },
  '/paused-page': {
    need: 'stream',
    want: 'wait for another request',
    source: from('app.ts', 'page'),
    see: 'One line, then silence. The page goes on when a second request resumes it.',
    live: [
      { button: 'Open the page' },
      {
        button: 'Resume it',
        method: 'POST',
        path: '/{id}',
        finds: /paused-page\/([-0-9a-f]{36})/,
        typed: { label: 'Words', value: 'hello' },
      },
    ],
  },
  '/first-of': {
    need: 'stream',
    want: 'the first of several waits',
    source: from('app.ts', 'page'),
    see: 'A look-up, a timer and a button. The first of them ends the page, and the others are cancelled.',
    live: '',
  },
  '/events': {
    need: 'push',
    want: 'server-sent events',
    source: from('app.ts', 'ticker'),
    see: 'The state of this server once a second, from one source for all who listen.',
    live: '',
  },
  '/push-page': {
    need: 'push',
    want: 'push to every open page',
    source: from('app.ts', 'openPage'),
    see: 'An open page. What you post appears on it, and on all others that are open.',
    live: [
      { button: 'Open the page' },
      { button: 'Post', method: 'POST', typed: { label: 'A line', value: 'hello' } },
    ],
  },
  '/web-socket': {
    need: 'push',
    want: 'a WebSocket room',
    source: from('app.ts', 'webSocket'),
    see: 'A room. What you say is heard by all who have it open.',
    live: '',
  },
  '/telnet-page': {
    need: 'push',
    want: 'a session with a line server',
    source: from('app.ts', 'page'),
    see: 'A session with a line server. Say open, close, level or quit.',
    live: '',
  },
  '/upload': {
    need: 'input',
    want: 'an upload, answered while it arrives',
    source: from('app.ts', 'report'),
    see: 'How many bytes and lines have arrived, each time that they have doubled; at last the SHA-256.',
    live: [
      {
        button: 'Send it',
        method: 'PUT',
        typed: { label: 'A text', value: 'One line.\n', rows: 2 },
      },
      { button: 'Send a million lines', method: 'PUT', lines: { line: '{n}', count: 1_000_000 } },
    ],
  },
  '/form-upload': {
    need: 'input',
    want: 'files from a form, with progress',
    source: from('app.ts', 'receive'),
    see: 'A form with files. How much has arrived is shown while it does; a file of another type is refused at its first bytes.',
    live: '',
    holds: 2,
  },
  '/api': {
    need: 'input',
    want: 'a JSON API, checked and logged',
    source: from('app.ts', 'NewItem', 'lines', 'add'),
    see: 'A list, each item as it is read. Add one: it is checked, and the list has it.',
    live: [
      { button: 'List', path: '/items' },
      {
        button: 'Add',
        method: 'POST',
        path: '/items',
        headers: { 'content-type': 'application/json' },
        typed: { label: 'An item', value: '{ "name": "Assam", "grams": 100 }', rows: 2 },
      },
    ],
  },
  '/files': {
    need: 'input',
    want: 'files, ranges, conditional requests',
    source: from('app.ts', 'files'),
    see: 'Line 42 of a file by its bytes, without the 41 before it. Then all of them.',
    live: [
      { button: 'Line 42', path: '/lines.txt', headers: { range: 'bytes=1312-1343' } },
      { button: 'All lines', path: '/lines.txt' },
    ],
  },
  '/database': {
    need: 'input',
    want: 'rows of PostgreSQL by a cursor',
    source: from('rows.ts', 'fetchRows'),
    see: 'Rows of PostgreSQL as a table, in batches. If its reader stalls, the cursor stops; nobody else waits.',
    live: '',
  },
  '/csv-import': {
    need: 'blocking',
    want: 'import in a worker thread',
    source: from('import-rows.js', 'report', 'importRows'),
    see: 'A clock that ticks ten times a second, and how late it is. It stays on time while a worker thread imports.',
    live: [
      { button: 'Start the clock' },
      {
        button: 'Import 500,000 rows',
        method: 'PUT',
        lines: { first: 'id,amount', line: '{n},1', count: 500_000 },
      },
    ],
  },
  '/sqlite': {
    need: 'blocking',
    want: 'synchronous queries, streamed',
    source: from('query.js', 'rows', 'measuredAt'),
    see: '14,286 rows of a database, as the query finds them.',
    live: [{ button: 'Query', path: '/{typed}', typed: { label: 'Station', value: '3' } }],
  },
  '/cgi-programs': {
    need: 'blocking',
    want: 'programs in shell and Python',
    source: from('app.ts', 'shell', 'python', 'app'),
    see: 'What a shell script prints, line by line, and what a Python application makes of your numbers.',
    live: [
      { button: 'Run the script', path: '/shell' },
      {
        button: 'Add them up',
        method: 'POST',
        path: '/python',
        typed: { label: 'Numbers', value: '1\n2\n3\n', rows: 3 },
      },
    ],
  },
  '/process-page': {
    need: 'blocking',
    want: 'the output of a command',
    source: from('app.ts', 'page'),
    see: 'What a command prints, as it arrives, and its exit code. It is ended if the page is left.',
    live: '/count',
  },
  '/chat': {
    need: 'across',
    want: 'messages between processes',
    source: from('app.ts', 'room', 'say'),
    see: 'A chat. Open it in a second tab too: what is said while that is cut off arrives later.',
    live: '',
  },
  '/approval': {
    need: 'across',
    want: 'a request that another one approves',
    source: from('app.ts', 'order'),
    see: 'Ask for something. Your request waits until a button is pressed, here or in another tab.',
    live: '',
    holds: 2,
  },
  '/tokens': {
    need: 'across',
    want: 'an answer that survives a reload',
    source: from('app.ts', 'produce', 'listen'),
    see: 'An answer, word by word. It goes on while its page is loaded again, and stops for all readers.',
    live: '',
  },
  '/every-host': {
    need: 'hosts',
    want: 'Express, Fastify, Hono, Deno, Bun',
    source: from('page.ts', 'content', 'app'),
    see: 'The pieces of a streamed page as they arrive. They are the same in Express, Fastify, Hono, Deno and Bun.',
    live: [{ button: 'Start' }],
  },
  '/hono-app': {
    need: 'hosts',
    want: 'Hono on this server',
    source: from('app.ts', 'hono.get', 'app'),
    see: 'A page that Hono writes piece by piece. It is compressed, and each piece arrives at once.',
    live: [{ button: 'Start' }],
  },
}
