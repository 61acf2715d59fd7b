/** RFC 3629 4, a character a byte. */
const utf8 = [
  '[\\xc2-\\xdf][\\x80-\\xbf]',
  '\\xe0[\\xa0-\\xbf][\\x80-\\xbf]',
  '[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}',
  '\\xed[\\x80-\\x9f][\\x80-\\xbf]',
  '\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}',
  '[\\xf1-\\xf3][\\x80-\\xbf]{3}',
  '\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}',
].join('|')
const path = `/(?:[-._~!$&'()*+,;=:@%/|{}^\`[\\]0-9A-Za-z]|${utf8})*`
const query = `(?:\\?(?:[-._~!$&'()*+,;=:@%/?{|}^\`\\\\[\\]0-9A-Za-z]|${utf8})*)?`
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
