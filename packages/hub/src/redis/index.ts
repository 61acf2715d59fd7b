export { type RedisOptions, redis } from './redis.ts'
export type { RedisClient, RedisConnection } from './client.ts'
