import type { Fields } from '@sluice/body'

interface TrailedRequest {
  readonly trailers: NodeJS.Dict<string | string[]>
  readonly rawTrailers: string[]
}

/** Shows the application the trailers of the request that a middleware has passed on. Names that stay keep their case. */
export const passTrailers = ({ trailers, rawTrailers }: TrailedRequest, fields: Fields): void => {
  const before = rawTrailers.splice(0)
  const written = new Map<string, string>()
  for (let i = 0; i < before.length; i += 2) {
    const name = before[i] ?? ''
    written.set(name.toLowerCase(), name)
  }
  for (const name of Object.keys(trailers)) delete trailers[name]
  for (const [name, value] of fields) {
    rawTrailers.push(written.get(name) ?? name, value)
    trailers[name] = fields.get(name) ?? ''
  }
}
