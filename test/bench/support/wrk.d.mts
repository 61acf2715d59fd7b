export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  readonly p99Ms: number
  /** Answers that are errors, and errors of sockets. */
  readonly failed: number
}

export interface LoadOptions {
  readonly connections: number
  readonly seconds: number
  readonly fields: Readonly<Record<string, string>>
  /** What is posted; without it, GET. */
  readonly content?: string
}

export function readWrk(output: string): LoadResult
export function runWrk(url: string, options: LoadOptions): Promise<LoadResult>
