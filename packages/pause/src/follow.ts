import { tellAll } from './tell-all.ts'

interface Follower<T> {
  fulfilled(value: T): void
  rejected(error: unknown): void
}

const followersOf = new WeakMap<PromiseLike<unknown>, Set<Follower<unknown>>>()

/**
 * Listens to a promise, and gives what stops listening.
 *
 * A reaction on a promise cannot be taken back. Here a promise gets one, shared by all who listen, so that a thousand
 * waits that lost against one long-lived promise (a shutdown, a session) leave nothing on it.
 */
export const follow = <T>(
  promise: PromiseLike<T>,
  fulfilled: (value: T) => void,
  rejected: (error: unknown) => void,
): (() => void) => {
  const follower: Follower<T> = { fulfilled, rejected }
  const followers = followersOf.get(promise) ?? startFollowing(promise)
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
  // By way of a promise of the platform: another's `then` may answer at once, twice, or throw.
  Promise.resolve(promise).then(
    (value) => settled((follower) => follower.fulfilled(value)),
    (error) => settled((follower) => follower.rejected(error)),
  )
  return followers
}
