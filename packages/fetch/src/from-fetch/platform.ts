// The platform's own classes, as they are when this module is loaded: `useLightResponse` replaces the globals later.

export const PlatformRequest: typeof Request = globalThis.Request
export const PlatformResponse: typeof Response = globalThis.Response
export const PlatformHeaders: typeof Headers = globalThis.Headers

/**
 * Makes a class that stands for one of the platform: `instanceof` and `Object.prototype.toString` take its objects for those of the
 * platform, and members that it does not have itself are those of a real object, which is then made.
 *
 * Some platforms keep what an object is under symbols, and look there if they are given one. Others keep it in private fields: they
 * refuse an object that only stands for one.
 *
 * @param own The prototype of the class.
 * @param sample An object of the platform's class.
 * @param realOf Makes the real object, once.
 */
export const standIn = <T extends object>(
  own: T,
  sample: object,
  realOf: (object: T) => object,
): void => {
  const platform: object = Object.getPrototypeOf(sample)
  // In Cloudflare Workers what Request and Response share is in a prototype of both.
  for (let each = platform; each !== Object.prototype; each = Object.getPrototypeOf(each))
    for (const key of Object.getOwnPropertyNames(each)) forward(own, each, key, realOf)
  for (const key of Object.getOwnPropertySymbols(sample)) forwardProperty(own, key, realOf)
  // So that `constructor` is the platform's.
  Reflect.deleteProperty(own, 'constructor')
  Reflect.setPrototypeOf(own, platform)
}

/** Gives a prototype a member of the platform's, unless it has one of that name. */
export const forward = <T extends object>(
  own: T,
  platform: object,
  key: PropertyKey,
  realOf: (object: T) => object,
): void => {
  const member = Reflect.getOwnPropertyDescriptor(platform, key)
  if (member === undefined || Object.hasOwn(own, key)) return
  if (member.get !== undefined) return forwardProperty(own, key, realOf)
  const method: unknown = member.value
  if (typeof method !== 'function') return
  Reflect.defineProperty(own, key, {
    configurable: true,
    enumerable: member.enumerable === true,
    writable: true,
    value(this: T, ...given: readonly unknown[]) {
      return Reflect.apply(method, realOf(this), given)
    },
  })
}

const forwardProperty = <T extends object>(
  own: T,
  key: PropertyKey,
  realOf: (object: T) => object,
): void => {
  const get = function (this: T) {
    return Reflect.get(realOf(this), key)
  }
  const set = function (this: T, value: unknown) {
    Reflect.set(realOf(this), key, value)
  }
  // Only the platform itself sets what it keeps under symbols.
  const access = typeof key === 'symbol' ? { get, set } : { get, enumerable: true }
  Reflect.defineProperty(own, key, { ...access, configurable: true })
}
