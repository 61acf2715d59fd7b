// What the engine needs in a database: three tables, and functions.
//
// Every operation is one call of a function: one round trip, one transaction, and its plans are kept by the session. A function that
// appends locks the row of the log before it takes sequence numbers, and its transaction ends with the call. So records become
// visible in the order of their numbers, and without holes.
//
// Sessions keep their plans, and those of a table that was small once would scan it all: hence `enable_seqscan = off`.
//
// The function that reads takes the state of a log and its records in one statement: they are of one snapshot.
//
// A log stores which history of the server it was last appended in: the identifier of the cluster, and its timeline. A fail-over, or a
// restore from a backup, begins another timeline, and may have lost the last transactions. A crash does not: so a log
// with another history gets a new epoch, and one that has survived a crash goes on.

import { appendSql, readSql, registersSql } from './functions.ts'

const namePattern = /^[a-z_][a-z0-9_]{0,54}$/

/** Checks the name of a schema. It is also in the name of a channel, which may have 63 bytes. */
export const checkSchema = (schema: string): string => {
  if (namePattern.test(schema)) return schema
  throw new TypeError(
    `Cannot use the schema: found ${JSON.stringify(schema)}, wanted at most 55 of a-z, 0-9 and _, and not a digit first`,
  )
}

/**
 * The SQL that makes the tables and functions of the engine: run it in a migration if your application's role cannot create tables.
 *
 * The engine runs it itself if they are missing. It keeps existing tables. Grant the role of the application `usage` of the
 * schema, and `select, insert, update, delete` on the tables.
 *
 * @param schema The schema of `postgres({ schema })`; `public` by default.
 * @throws {TypeError} At the call, when the name of the schema is invalid.
 */
export const postgresSchema = (schema = 'public'): string => {
  const name = checkSchema(schema)
  return [lock, tables, history, appendSql, readSql, registersSql]
    .map((part) => part(name))
    .join('\n')
}

/** `create if not exists` fails if two sessions run it at once. */
const lock = (s: string) => `
select pg_advisory_xact_lock(hashtext('sluice ${s}'));
set local client_min_messages = warning;
do $$ begin
  if to_regnamespace('${s}') is null then create schema "${s}"; end if;
end $$;`

/** Records of logs that were dropped alone would be found in new logs: their numbers begin anew. */
const tables = (s: string) => `
do $$ begin
  if to_regclass('"${s}".sluice_logs') is null and to_regclass('"${s}".sluice_records') is not null then
    delete from "${s}".sluice_records;
  end if;
end $$;
create table if not exists "${s}".sluice_logs (
  id bigint generated always as identity primary key,
  name text collate "C" not null unique,
  history text not null,
  epochs jsonb not null,
  first bigint not null default 1,
  last bigint not null default 0,
  total bigint not null default 0, -- bytes of all records that were ever appended
  ended boolean not null default false,
  keep interval not null,
  expires timestamptz not null
) with (fillfactor = 50);
create table if not exists "${s}".sluice_records (
  log bigint not null,
  seq bigint not null,
  at timestamptz not null,
  before bigint not null, -- bytes of all records before it
  bytes bytea not null,
  primary key (log, seq)
);
create table if not exists "${s}".sluice_registers (
  key text collate "C" primary key,
  value bytea not null, -- text in UTF-8: it may have a NUL
  expires timestamptz not null
);`

/** A server that does not reveal its timeline has one history: some services lose nothing in a fail-over. */
const history = (s: string) => `
do $do$ begin
  create or replace function "${s}".sluice_history_1() returns text language plpgsql volatile as $$
  declare
    cluster text := current_setting('sluice.cluster', true);
  begin
    if coalesce(cluster, '') = '' then
      select system_identifier::text into cluster from pg_control_system();
      perform set_config('sluice.cluster', cluster, false);
    end if;
    return cluster || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
  end $$;
  perform "${s}".sluice_history_1();
exception when others then
  if pg_is_in_recovery() then raise; end if;
  create or replace function "${s}".sluice_history_1() returns text language sql as 'select ''''';
end $do$;`
