// What the engine needs in a database: three tables and six functions.
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

const namePattern = /^[a-z_][a-z0-9_]{0,54}$/

/** Checks the name of a schema. It is used without quotes, and in the name of a channel, which may have 63 bytes. */
export const checkSchema = (schema: string): string => {
  if (namePattern.test(schema)) return schema
  throw new TypeError(
    `Cannot use the schema: found ${JSON.stringify(schema)}, wanted at most 55 of a-z, 0-9 and _, and not a digit first`,
  )
}

/**
 * The SQL that makes the tables and functions of the engine, for roles that may not make them.
 *
 * The engine runs it itself if they are missing. It changes nothing that is there. Grant the role of the application `usage` of the
 * schema, and `select, insert, update, delete` on the tables.
 *
 * @param schema The schema of `postgres({ schema })`; `public` by default.
 * @throws {TypeError} At the call, when the name of the schema is invalid.
 */
export const postgresSchema = (schema = 'public'): string => {
  const name = checkSchema(schema)
  return [lock(name), tables(name), history(name), append(name), read(name), registers(name)].join(
    '\n',
  )
}

/** `create if not exists` fails if two sessions run it at once. */
const lock = (s: string) => `
select pg_advisory_xact_lock(hashtext('sluice ${s}'));
set local client_min_messages = warning;
do $$ begin
  if to_regnamespace('${s}') is null then create schema ${s}; end if;
end $$;`

const tables = (s: string) => `
create table if not exists ${s}.sluice_logs (
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
create table if not exists ${s}.sluice_records (
  log bigint not null,
  seq bigint not null,
  at timestamptz not null,
  before bigint not null, -- bytes of all records before it
  bytes bytea not null,
  primary key (log, seq)
);
create table if not exists ${s}.sluice_registers (
  key text collate "C" primary key,
  value bytea not null, -- text in UTF-8: it may have a NUL
  expires timestamptz not null
);`

/** A server that does not say which timeline it is on has one history: some services lose nothing in a fail-over. */
const history = (s: string) => `
do $do$ begin
  create or replace function ${s}.sluice_history_1() returns text language plpgsql volatile as $$
  declare
    cluster text := current_setting('sluice.cluster', true);
  begin
    if coalesce(cluster, '') = '' then
      select system_identifier::text into cluster from pg_control_system();
      perform set_config('sluice.cluster', cluster, false);
    end if;
    return cluster || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
  end $$;
  perform ${s}.sluice_history_1();
exception when others then
  if pg_is_in_recovery() then raise; end if;
  create or replace function ${s}.sluice_history_1() returns text language sql as 'select ''''';
end $do$;`

const append = (s: string) => `
create or replace function ${s}.sluice_renew_1(p_log bigint, p_history text)
returns void language plpgsql as $$
declare
  v_epoch jsonb;
begin
  select jsonb_build_object('id', left(gen_random_uuid()::text, 8), 'from', last + 1)
    into v_epoch from ${s}.sluice_logs where id = p_log and history <> p_history for update;
  if not found then return; end if;
  update ${s}.sluice_logs set history = p_history, epochs = (
    select jsonb_agg(e.epoch order by e.position)
    from (
      select t.epoch, t.position, lead((t.epoch->>'from')::bigint) over (order by t.position) as next
      from jsonb_array_elements(epochs || v_epoch) with ordinality as t(epoch, position)
    ) e
    where e.next is null or e.next > first
  ) where id = p_log;
  perform pg_notify('sluice_${s}', name) from ${s}.sluice_logs where id = p_log;
end $$;

create or replace function ${s}.sluice_append_1(
  p_name text, p_bytes bytea, p_sizes int[], p_entries bigint, p_max_bytes bigint, p_keep_ms double precision,
  p_ends boolean, p_key text, p_value bytea,
  out kind text, out epoch text, out seq text
) language plpgsql set enable_seqscan = off as $$
declare
  v_log ${s}.sluice_logs;
  v_history constant text := ${s}.sluice_history_1();
  v_keep constant interval := make_interval(secs => p_keep_ms / 1000);
  v_now timestamptz;
  v_first bigint;
begin
  -- A crash must not lose what was acknowledged.
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'local', true);
  end if;
  if p_key is not null then
    perform from ${s}.sluice_registers r
      where r.key = p_key and r.value = p_value and r.expires > clock_timestamp() for share;
    if not found then kind := 'not held'; return; end if;
  end if;
  loop
    select * into v_log from ${s}.sluice_logs l where l.name = p_name for update;
    v_now := clock_timestamp();
    exit when found and v_log.expires > v_now;
    if found then perform ${s}.sluice_delete_1(v_log.id); end if;
    insert into ${s}.sluice_logs (name, history, epochs, keep, expires)
      values (p_name, v_history, jsonb_build_array(jsonb_build_object('id', left(gen_random_uuid()::text, 8), 'from', 1)), v_keep, v_now + '1 minute')
      on conflict do nothing;
  end loop;
  if v_log.ended then kind := 'ended'; return; end if;
  if v_log.history <> v_history then
    perform ${s}.sluice_renew_1(v_log.id, v_history);
    select * into v_log from ${s}.sluice_logs l where l.id = v_log.id;
  end if;
  insert into ${s}.sluice_records
    select v_log.id, v_log.last + t.position, v_now, v_log.total + t.until - t.size,
      substring(p_bytes from (t.until - t.size + 1)::int for t.size)
    from (
      select u.size, u.position, sum(u.size) over (order by u.position) as until
      from unnest(p_sizes) with ordinality as u(size, position)
    ) t;
  kind := 'appended';
  epoch := v_log.epochs->-1->>'id';
  seq := v_log.last + 1;
  v_log.last := v_log.last + cardinality(p_sizes);
  v_log.total := v_log.total + length(p_bytes);
  select r.seq into v_first from ${s}.sluice_records r
    where r.log = v_log.id and r.seq >= greatest(v_log.first, v_log.last - p_entries + 1)
      and r.before >= v_log.total - p_max_bytes and r.at > v_now - v_keep
    order by r.seq limit 1;
  v_first := coalesce(v_first, v_log.last);
  delete from ${s}.sluice_records r where r.log = v_log.id and r.seq >= v_log.first and r.seq < v_first;
  update ${s}.sluice_logs l set first = v_first, last = v_log.last, total = v_log.total, ended = p_ends,
    keep = v_keep, expires = v_now + v_keep where l.id = v_log.id;
  perform pg_notify('sluice_${s}', p_name);
end $$;

create or replace function ${s}.sluice_delete_1(p_log bigint) returns void language sql as $$
  delete from ${s}.sluice_records where log = p_log;
  delete from ${s}.sluice_logs where id = p_log;
$$;

create or replace function ${s}.sluice_remove_1(p_name text) returns void language plpgsql as $$
declare
  v_log bigint;
begin
  select id into v_log from ${s}.sluice_logs where name = p_name for update;
  if not found then return; end if;
  perform ${s}.sluice_delete_1(v_log);
  perform pg_notify('sluice_${s}', p_name);
end $$;`

const read = (s: string) => `
create or replace function ${s}.sluice_read_1(p_asked jsonb, p_entries bigint, p_max_bytes bigint)
returns table (name text, epochs text, first text, last text, ended boolean, seq text, bytes bytea)
language plpgsql rows 100 set enable_seqscan = off as $$
declare
  v_history constant text := ${s}.sluice_history_1();
  v_stale bigint;
  v_now timestamptz;
begin
  for v_stale in
    select l.id from ${s}.sluice_logs l
    where l.name in (select a->>'name' from jsonb_array_elements(p_asked) a) and l.history <> v_history order by l.id
  loop
    perform ${s}.sluice_renew_1(v_stale, v_history);
  end loop;
  v_now := clock_timestamp();
  return query
    select l.name, l.epochs::text, oldest.seq::text, l.last::text, l.ended, page.seq::text, page.bytes
    from jsonb_to_recordset(p_asked) as a(name text, after bigint)
    join ${s}.sluice_logs l on l.name = a.name and l.expires > v_now
    cross join lateral (
      select coalesce((
        select r.seq from ${s}.sluice_records r
        where r.log = l.id and r.seq >= l.first and r.at > v_now - l.keep order by r.seq limit 1
      ), l.last + 1) as seq
    ) oldest
    left join lateral (
      select r.seq, r.bytes, r.before + length(r.bytes) - first_value(r.before) over w as sum,
        row_number() over w as number
      from ${s}.sluice_records r
      where r.log = l.id and r.seq > a.after and r.seq >= oldest.seq
      window w as (order by r.seq) order by r.seq limit p_entries
    ) page on page.number = 1 or page.sum <= p_max_bytes
    order by l.id, page.seq;
end $$;`

const registers = (s: string) => `
create or replace function ${s}.sluice_swap_1(
  p_key text, p_expected bytea, p_next bytea, p_ttl_ms double precision
) returns bytea language plpgsql as $$
declare
  v_until timestamptz;
  v_old bytea;
  v_is_there boolean;
begin
  loop
    select r.value, r.expires into v_old, v_until from ${s}.sluice_registers r where r.key = p_key for update;
    v_is_there := found;
    if v_until <= clock_timestamp() then v_old := null; end if;
    if v_old is distinct from p_expected then return v_old; end if;
    v_until := clock_timestamp() + make_interval(secs => p_ttl_ms / 1000);
    if p_next is null then
      delete from ${s}.sluice_registers where key = p_key;
      return v_old;
    elsif v_is_there then
      update ${s}.sluice_registers set value = p_next, expires = v_until where key = p_key;
      return v_old;
    end if;
    insert into ${s}.sluice_registers values (p_key, p_next, v_until) on conflict do nothing;
    if found then return null; end if;
  end loop;
end $$;

create or replace function ${s}.sluice_sweep_1() returns void language plpgsql as $$
begin
  perform ${s}.sluice_delete_1(l.id) from (
    select id from ${s}.sluice_logs where expires <= clock_timestamp() limit 100 for update skip locked
  ) l;
  delete from ${s}.sluice_registers where key in (
    select key from ${s}.sluice_registers where expires <= clock_timestamp() limit 1000 for update skip locked
  );
end $$;`
