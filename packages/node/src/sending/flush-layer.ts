/** Calls the `flush()` of a layer which holds bytes, such as `compression`. Node has none. */
export const flushLayer = (res: object & { readonly flush?: unknown }): void => {
  if (Object.hasOwn(res, 'flush') && typeof res.flush === 'function')
    Reflect.apply(res.flush, res, [])
}
