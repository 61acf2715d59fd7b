export interface ScratchFolder {
  readonly folder: string
  readonly discard: () => void
}

export function scratchFolder(parent: string, prefix: string): ScratchFolder
