// Express 5 or 4: the page is one route among the others of the application.
import { toListener } from '@sluice/node'
import express from 'express'
import { about, app as page } from './page.ts'

const app = express()
app.get('/', (_request, response) => {
  response.send('An answer of Express.\n')
})
app.get(about.path, toListener(page))

const server = app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : address
  console.log(`curl -N http://127.0.0.1:${port}${about.path}`)
})
