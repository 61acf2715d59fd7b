import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scratchFolder } from '../../support/runner/scratch-folder.mjs'
import { msUntil } from '../support/measure.ts'
import { runProgram } from '../support/programs.ts'
import { done } from './client.ts'
import type { Client } from './client.ts'

const uploads = 300
const atOnce = 20

/** Everything that nginx writes stays in its folder. */
const configuration = (folder: string, port: number, appPort: number) => `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/temp/body;
  proxy_temp_path ${folder}/temp/proxy;
  fastcgi_temp_path ${folder}/temp/fastcgi;
  uwsgi_temp_path ${folder}/temp/uwsgi;
  scgi_temp_path ${folder}/temp/scgi;
  upstream app { server 127.0.0.1:${appPort}; keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 0;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_request_buffering off;
    }
  }
}
`

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })

interface Sent {
  readonly port: number
  readonly path: string
  readonly content: readonly Buffer[]
  readonly wanted: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends content in parts, by length where its fields say so, chunked where not; `true` where the answer is the one wanted. */
const isAnswered = (agent: Agent, { port, path, content, wanted, headers = {} }: Sent) =>
  new Promise<boolean>((resolve) => {
    const method = content.length > 0 ? 'POST' : 'GET'
    const options = { host: '127.0.0.1', port, path, method, agent, headers }
    const sending = request(options, (response) => {
      let text = ''
      response.setEncoding('latin1').on('data', (part) => {
        text += part
      })
      response.on('end', () => resolve(response.statusCode === 200 && text === wanted))
    })
    sending.on('error', () => resolve(false))
    for (const part of content) sending.write(part)
    sending.end()
  })

/** Requests without content, with content of a length, and with chunked content, in turn; gives the number that failed. */
const loadThrough = async (port: number): Promise<number> => {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const part = Buffer.alloc(50_000, 'a')
  const content = [part, part, part]
  const bytes = `${3 * part.length}`
  const one = (i: number) => {
    const sized = { path: '/upload', content, wanted: bytes, headers: { 'content-length': bytes } }
    const chunked = { path: '/upload', content, wanted: bytes }
    const plain = { path: `/id?id=${i}`, content: [], wanted: `${i}` }
    return isAnswered(agent, { port, ...([plain, sized, chunked][i % 3] ?? plain) })
  }
  let failed = 0
  let next = 0
  const worker = async () => {
    while (next < uploads) if (!(await one(next++))) failed++
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  agent.destroy()
  return failed
}

const stop = (pidFile: string) => {
  if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM')
}

/** nginx in front, as a reverse proxy that passes content on as it comes. */
export const nginx: Client = {
  title: 'nginx in front, request buffering off',
  program: 'nginx',
  async run(server) {
    const { folder, discard } = scratchFolder(tmpdir(), 'sluice-nginx-')
    mkdirSync(join(folder, 'temp'))
    const port = await freePort()
    const file = join(folder, 'nginx.conf')
    const pidFile = join(folder, 'pid')
    writeFileSync(file, configuration(folder, port, server.port))
    const running = runProgram('nginx', ['-p', folder, '-c', file], 60)
    try {
      await msUntil(5000, () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '')
      const failed = await loadThrough(port)
      const log = readFileSync(join(folder, 'error.log'), 'utf8')
      const complaints = log.match(/\[(error|crit|alert|emerg)\]/g)?.length ?? 0
      return done(uploads, Math.max(failed, complaints), `, ${complaints} lines in its log`)
    } finally {
      stop(pidFile)
      await running
      discard()
    }
  },
}
