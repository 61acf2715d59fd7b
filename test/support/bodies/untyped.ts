const key: string = 'value'

/** A value as JavaScript has it, without a type: for calls that TypeScript would refuse. */
export const untyped = (value: unknown): ReturnType<typeof Reflect.get> =>
  Reflect.get({ value }, key)
