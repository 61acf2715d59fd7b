/** Descriptions of the frames that a filter was given and of those that left. */
export interface Seen {
  readonly givenText: string
  readonly leftText: string
}

/** A broken law: what was found, for which body. Checks throw it, and reports are made from it. */
export class BrokenLaw extends Error {
  override readonly name: string = 'BrokenLaw'
  readonly given: string
  readonly left: string

  constructor(found: string, { givenText, leftText }: Seen) {
    super(found)
    this.given = givenText
    this.left = leftText
  }
}
