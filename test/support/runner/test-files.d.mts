export interface Marks {
  /** Runs when no other file does. */
  readonly alone: boolean
  /** Waits more than it computes: runs beside the others. */
  readonly waits: boolean
  /** Reads the declarations in dist, which take longer to build than the scripts. */
  readonly declarations: boolean
  /** Is left out by `--quick`, and started before the others. */
  readonly slow: boolean
  readonly slowSeconds: number
  /** Its time-out. */
  readonly seconds: number
  /** Folders whose own dependencies it needs. */
  readonly installs: readonly string[]
}

export function findTestFiles(): readonly string[]
export function marksOf(file: string): Marks
export function isNamed(file: string, name: string): boolean
