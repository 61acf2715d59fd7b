export { type PostgresOptions, postgres } from './postgres.ts'
export { postgresSchema } from './schema.ts'
export type { PGliteDatabase, PostgresClient, PostgresPool, SqlResult, SqlRow } from './clients.ts'
