export { type RedisOptions, redis } from './redis.ts'
export type { FindClient, RedisClient, RedisConnection } from './client.ts'
