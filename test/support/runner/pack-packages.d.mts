export function packFolders(
  folders: readonly string[],
  into: string,
): Promise<ReadonlyMap<string, string>>

export function namesToPack(named: readonly string[]): readonly string[]

export function packPackages(
  names: readonly string[],
  into: string,
): Promise<ReadonlyMap<string, string>>
