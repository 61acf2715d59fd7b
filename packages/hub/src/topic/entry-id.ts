/** A place in a log: after the record with this sequence number. */
export interface Place {
  /** Empty if the log had none yet. */
  readonly epoch: string
  readonly seq: number
}

export const entryId = ({ epoch, seq }: Place): string | undefined =>
  epoch === '' ? undefined : `${epoch}.${seq}`

const idPattern = /^([\w-]{1,64})\.(0|[1-9]\d{0,14})$/

/** Reads an id, which may come from a client. `undefined` if it is malformed. */
export const placeOfId = (id: string): Place | undefined => {
  const [, epoch, digits] = idPattern.exec(id) ?? []
  return epoch === undefined ? undefined : { epoch, seq: Number(digits) }
}
