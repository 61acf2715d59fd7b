/** Whether a field belongs to the connection and not to the handler (RFC 9110 7.6.1). Its length decides for most names. */
export const isConnectionField = (name: string): boolean => {
  switch (name.length) {
    case 2:
      return name === 'te'
    case 7:
      return name === 'upgrade'
    case 10:
      return name === 'connection' || name === 'keep-alive'
    case 14:
      return name === 'http2-settings'
    case 16:
      return name === 'proxy-connection'
    case 17:
      return name === 'transfer-encoding'
    default:
      return false
  }
}
