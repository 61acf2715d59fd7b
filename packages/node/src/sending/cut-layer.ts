/** Where a middleware keeps what captures the response: of several, the one inside the others. */
export const innermost: unique symbol = Symbol('sluice.capture')

/** What holds what was written to a response. */
interface Layer {
  /** Sends what is held, and then cuts the response; `false` if it holds nothing, and the connection has to be cut. */
  cut(): boolean
}

/** Cuts a response through the middleware that holds it, so that what was flushed arrives; `false` if there is none. */
export const cutLayer = (res: object & { readonly [innermost]?: Layer | undefined }): boolean =>
  res[innermost]?.cut() === true
