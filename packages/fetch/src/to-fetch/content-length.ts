/** The length that a request or a response gives as a field; `undefined` if there is none, or it is invalid. */
export const contentLengthOf = ({ headers }: Request | Response): number | undefined => {
  const given = headers.get('content-length')
  return given !== null && /^\d{1,15}$/.test(given) ? Number(given) : undefined
}
