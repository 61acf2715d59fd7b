export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly keywords: readonly string[]
  readonly repository?: { readonly type: string; readonly url: string; readonly directory: string }
  readonly bugs?: { readonly url: string }
  readonly license: string
  readonly type: string
  readonly sideEffects: boolean
  readonly exports: Readonly<Record<string, unknown>>
  readonly files: readonly string[]
  readonly engines: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly private?: boolean
}

export interface Package {
  /** The folder's name under packages, `body`. */
  readonly name: string
  /** The folder from the top, `packages/body`. */
  readonly folder: string
  readonly manifest: Manifest
  /** Source files of the entries, `./src/index.ts`. */
  readonly entries: readonly string[]
}

export function listPackages(): readonly Package[]
