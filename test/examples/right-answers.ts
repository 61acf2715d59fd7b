/** What a GET of the first address that an example prints has to bring. */
export interface RightAnswer {
  readonly status: number
  /** Found in what arrives, before the end or at it. */
  readonly shows: RegExp
}

const page = /^<!doctype html>.*<title>.+<\/title>/s

const rightAnswers: Readonly<Record<string, RightAnswer>> = {
  api: { status: 200, shows: /^\{"id":1,"name":"Assam","grams":100\}\n/ },
  approval: { status: 200, shows: /^retry: 500\n\n/ },
  'cgi-programs': { status: 200, shows: /\S+\n/ },
  chat: { status: 200, shows: /^retry: 500\n\n/ },
  cluster: { status: 200, shows: /^process (\d+) begins\nprocess \1 ends\n$/ },
  'csv-import': { status: 200, shows: /^data: \{"lateMs":\d+\}\n\n/m },
  database: { status: 200, shows: /"gauge":"/ },
  events: { status: 200, shows: /^event: tick\ndata: \{\ndata: {2}"n": 1,\n/m },
  'every-host': { status: 200, shows: /<h1>Waterways<\/h1>.*<h2>Rivers<\/h2>/s },
  files: { status: 200, shows: page },
  'first-of': {
    status: 200,
    shows: /The look-up was first: quick\.example is at 192\.0\.2\.7\.\n$/,
  },
  'form-upload': { status: 200, shows: /^Waiting for files\.\n/ },
  'hono-app': { status: 200, shows: /<h1>Waterways<\/h1>.*<h2>Rivers<\/h2>/s },
  'out-of-order-page': { status: 200, shows: page },
  'paused-page': { status: 200, shows: /curl -d 'hello' http:\/\/127\.0\.0\.1:\d+\/paused-page\// },
  'process-page': { status: 200, shows: /^line 1\n/ },
  'push-page': { status: 200, shows: /Listening\.\n/ },
  'rewrite-html': { status: 200, shows: /<strong>bold<\/strong>/ },
  sqlite: { status: 200, shows: /^\{.*\}\n\{.*\}\n/ },
  'streamed-page': { status: 200, shows: /<h1>Waterways<\/h1>.*<h2>Rivers<\/h2>/s },
  'telnet-page': { status: 200, shows: /This is a sluice/ },
  tokens: { status: 200, shows: page },
  'web-socket': { status: 200, shows: page },
  'xml-rpc-page': { status: 200, shows: /"metres":1\.25/ },
  upload: { status: 200, shows: /^Send a file to this address/ },
}

/** An example without a row has to answer something. */
export const rightAnswerOf = (name: string): RightAnswer =>
  rightAnswers[name] ?? { status: 200, shows: /./s }
