import { STATUS_CODES } from 'node:http'

/** The reason phrase of a status (RFC 9110 section 15); empty where it has none, which RFC 9112 section 4 allows. */
export const reasonOf = (status: number): string => STATUS_CODES[status] ?? ''
