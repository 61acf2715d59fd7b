// The platform's own classes, as they are when this module is loaded: `useLightResponse` replaces the globals later.

export const PlatformRequest: typeof Request = globalThis.Request
export const PlatformResponse: typeof Response = globalThis.Response
export const PlatformHeaders: typeof Headers = globalThis.Headers

/**
 * Makes a class that stands for one of the platform: `instanceof` and `Object.prototype.toString` take its objects for those of the
 * platform, and members that it does not have itself are asked of a real object.
 *
 * @param own The prototype of the class.
 * @param platform The prototype of the platform's class.
 * @param realOf Makes the real object.
 */
export const standIn = <T extends object>(
  own: T,
  platform: object,
  realOf: (object: T) => object,
): void => {
  for (const key of Reflect.ownKeys(platform)) {
    if (typeof key === 'string' && !Object.hasOwn(own, key)) forward(own, platform, key, realOf)
  }
  // So that `constructor` is the platform's.
  Reflect.deleteProperty(own, 'constructor')
  Reflect.setPrototypeOf(own, platform)
}

/** Gives a prototype one member of the platform's. */
export const forward = <T extends object>(
  own: T,
  platform: object,
  key: PropertyKey,
  realOf: (object: T) => object,
): void => {
  const member = Reflect.getOwnPropertyDescriptor(platform, key)
  if (member?.get !== undefined) forwardProperty(own, key, realOf)
  const method: unknown = member?.value
  if (typeof method !== 'function') return
  Reflect.defineProperty(own, key, {
    configurable: true,
    enumerable: true,
    writable: true,
    value(this: T, ...given: readonly unknown[]) {
      return Reflect.apply(method, realOf(this), given)
    },
  })
}

/** Gives a prototype a property that is read from the real object. */
export const forwardProperty = <T extends object>(
  own: T,
  key: PropertyKey,
  realOf: (object: T) => object,
): void => {
  Reflect.defineProperty(own, key, {
    configurable: true,
    enumerable: typeof key === 'string',
    get(this: T) {
      return Reflect.get(realOf(this), key)
    },
  })
}
