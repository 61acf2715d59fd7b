import { decodeText, encodeText } from '@sluice/body/engine'

/** A value as the bytes of a record. */
export const jsonBytes = (value: unknown): Uint8Array => encodeText(JSON.stringify(value))

/** The value of a record. Its shape is not checked: our own code on the other thread has made it. */
export const ofJsonBytes = <T>(bytes: Uint8Array): T => JSON.parse(decodeText(bytes))
