type Names = Readonly<Record<string, unknown>>

interface Locked {
  readonly version?: string
  readonly dependencies?: Names
  readonly devDependencies?: Names
  readonly optionalDependencies?: Names
  readonly peerDependencies?: Names
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

export interface Lock {
  readonly packages: Readonly<Record<string, Locked>>
}

const namesWanted = (locked: Locked): readonly string[] => {
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = locked
  const { peerDependencies = {}, peerDependenciesMeta = {} } = locked
  const peers = Object.keys(peerDependencies).filter(
    (name) => !peerDependenciesMeta[name]?.optional,
  )
  const own = [dependencies, devDependencies, optionalDependencies].flatMap(Object.keys)
  return [...own, ...peers]
}

/** Says whether Node, from the folder of a package, would find another: beside or inside it, or further up. */
const isFoundFrom = (path: string, name: string, { packages }: Lock): boolean => {
  const there = path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`
  if (Object.hasOwn(packages, there)) return true
  if (path === '') return false
  return isFoundFrom(path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))), name, {
    packages,
  })
}

/**
 * Lists what packages in a lock file name and the lock file does not hold, as `node_modules/deno: @deno/win32-x64`.
 *
 * Newer versions of npm refuse to install from such a lock file; older ones ask the registry for what is missing.
 */
export const missingFromLock = (lock: Lock): readonly string[] =>
  Object.entries(lock.packages).flatMap(([path, locked]) =>
    namesWanted(locked)
      .filter((name) => !isFoundFrom(path, name, lock))
      .map((name) => `${path}: ${name}`),
  )
