const path = "/[-._~!$&'()*+,;=:@%/|0-9A-Za-z]*"
const query = "(?:\\?[-._~!$&'()*+,;=:@%/?{|}^`\\\\[\\]0-9A-Za-z]*)?"
const originForm = new RegExp(`^${path}${query}$`)
const absoluteForm = new RegExp(`^https?://([^/?]+)(?:${path})?${query}$`, 'i')

/**
 * Checks a request-target by regular expressions (RFC 9112 3.2) and gives the authority that it names in the place of Host.
 */
export const referenceTarget = (
  method: string,
  target: string,
  isHost: (text: string) => boolean,
): string | undefined | 'refused' => {
  if (method === 'CONNECT') return isHost(target) && /:\d+$/.test(target) ? undefined : 'refused'
  if (originForm.test(target) || (method === 'OPTIONS' && target === '*')) return undefined
  const [, authority = ''] = absoluteForm.exec(target) ?? []
  return isHost(authority) ? authority : 'refused'
}
