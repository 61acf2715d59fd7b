/** What a filter was given and what came out of it, in words. */
export interface Seen {
  readonly givenText: string
  readonly leftText: string
}

/** A law was broken: what was found, for which body. Thrown by checks; the report is made of it. */
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
