import { isObject, tellAll } from '@sluice/body/engine'

interface Follower<T> {
  fulfilled(value: T): void
  rejected(error: unknown): void
}

const followersOf = new WeakMap<PromiseLike<unknown>, Set<Follower<unknown>>>()

/**
 * Listens to a promise. Gives a function that stops listening.
 *
 * A handler of a promise cannot be removed. So each promise gets one handler, shared by all listeners: a thousand waits that
 * lost against one long-lived promise (a shutdown, a session) leave nothing on it.
 */
export const follow = <T>(
  promise: PromiseLike<T>,
  fulfilled: (value: T) => void,
  rejected: (error: unknown) => void,
): (() => void) => {
  const follower: Follower<T> = { fulfilled, rejected }
  // A plain value is a promise that has settled, as it is for `Promise.race`.
  const key = isObject(promise) ? promise : Promise.resolve(promise)
  const followers = followersOf.get(key) ?? startFollowing(key)
  followers.add(follower)
  return () => followers.delete(follower)
}

const startFollowing = (promise: PromiseLike<unknown>): Set<Follower<unknown>> => {
  const followers = new Set<Follower<unknown>>()
  followersOf.set(promise, followers)
  const settled = (tell: (follower: Follower<unknown>) => void) => {
    followersOf.delete(promise)
    tellAll(followers, tell)
  }
  // Through a native promise: a foreign `then` may call back synchronously, call back twice, or throw.
  Promise.resolve(promise).then(
    (value) => settled((follower) => follower.fulfilled(value)),
    (error) => settled((follower) => follower.rejected(error)),
  )
  return followers
}
