export interface Compiled {
  readonly file: string
  readonly discard: () => void
}

export function compileFile(source: string): Promise<Compiled>
