export { cgi } from './cgi.ts'
export type { CgiCommand, CgiOptions } from './cgi-options.ts'
