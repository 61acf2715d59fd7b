import { propertyOf, undiciVersion } from '@sluice/body/engine'

/** The first undici that decodes zstd in `fetch`, of Node 24. */
const withZstd = [7, 11] as const

const codingsOfUndici = (version: string): readonly string[] => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const hasZstd = major > withZstd[0] || (major === withZstd[0] && minor >= withZstd[1])
  return hasZstd ? ['gzip', 'deflate', 'br', 'zstd'] : ['gzip', 'deflate', 'br']
}

const codingsHere = (): readonly string[] => {
  if (undiciVersion !== undefined) return codingsOfUndici(undiciVersion)
  if (propertyOf(globalThis, 'Bun') !== undefined) return ['gzip', 'deflate', 'br', 'zstd']
  return ['gzip', 'br']
}

/**
 * What `fetch` decodes on this platform, which does not tell it: Deno and Cloudflare Workers decode two codings. An application may
 * have asked for more, as a proxy that passes `accept-encoding` on.
 */
export const decodedCodings: readonly string[] = codingsHere()
