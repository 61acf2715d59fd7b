// The functions of `schema.ts`. A change of one gets another number, since processes of both versions may run at once.

/** Appends, and what it needs: another epoch, and removal. */
export const appendSql = (s: string) => `
create or replace function "${s}".sluice_renew_1(p_log bigint, p_history text)
returns void language plpgsql as $$
declare
  v_epoch jsonb;
begin
  select jsonb_build_object('id', left(gen_random_uuid()::text, 8), 'from', last + 1)
    into v_epoch from "${s}".sluice_logs where id = p_log and history <> p_history for update;
  if not found then return; end if;
  update "${s}".sluice_logs set history = p_history, epochs = (
    select jsonb_agg(e.epoch order by e.position)
    from (
      select t.epoch, t.position, lead((t.epoch->>'from')::bigint) over (order by t.position) as next
      from jsonb_array_elements(epochs || v_epoch) with ordinality as t(epoch, position)
    ) e
    where e.next is null or e.next > first
  ) where id = p_log;
  perform pg_notify('sluice_${s}', name) from "${s}".sluice_logs where id = p_log;
end $$;

create or replace function "${s}".sluice_append_1(
  p_name text, p_bytes bytea, p_sizes int[], p_entries bigint, p_max_bytes bigint, p_keep_ms double precision,
  p_ends boolean, p_key text, p_value bytea,
  out kind text, out epoch text, out seq text
) language plpgsql set enable_seqscan = off as $$
declare
  v_log "${s}".sluice_logs;
  v_history constant text := "${s}".sluice_history_1();
  v_keep constant interval := make_interval(secs => p_keep_ms / 1000);
  v_now timestamptz;
  v_first bigint;
begin
  -- A crash must not lose what was acknowledged.
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'local', true);
  end if;
  if p_key is not null then
    perform from "${s}".sluice_registers r
      where r.key = p_key and r.value = p_value and r.expires > clock_timestamp() for share;
    if not found then kind := 'not held'; return; end if;
  end if;
  loop
    select * into v_log from "${s}".sluice_logs l where l.name = p_name for update;
    v_now := clock_timestamp();
    exit when found and v_log.expires > v_now;
    if found then perform "${s}".sluice_delete_1(v_log.id); end if;
    insert into "${s}".sluice_logs (name, history, epochs, keep, expires)
      values (p_name, v_history, jsonb_build_array(jsonb_build_object('id', left(gen_random_uuid()::text, 8), 'from', 1)), v_keep, v_now + '1 minute')
      on conflict do nothing;
  end loop;
  if v_log.ended then kind := 'ended'; return; end if;
  if v_log.history <> v_history then
    perform "${s}".sluice_renew_1(v_log.id, v_history);
    select * into v_log from "${s}".sluice_logs l where l.id = v_log.id;
  end if;
  insert into "${s}".sluice_records
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
  select r.seq into v_first from "${s}".sluice_records r
    where r.log = v_log.id and r.seq >= greatest(v_log.first, v_log.last - p_entries + 1)
      and r.before >= v_log.total - p_max_bytes and r.at > v_now - v_keep
    order by r.seq limit 1;
  v_first := coalesce(v_first, v_log.last);
  delete from "${s}".sluice_records r where r.log = v_log.id and r.seq >= v_log.first and r.seq < v_first;
  update "${s}".sluice_logs l set first = v_first, last = v_log.last, total = v_log.total, ended = p_ends,
    keep = v_keep, expires = v_now + v_keep where l.id = v_log.id;
  perform pg_notify('sluice_${s}', p_name);
end $$;

create or replace function "${s}".sluice_delete_1(p_log bigint) returns void language sql as $$
  delete from "${s}".sluice_records where log = p_log;
  delete from "${s}".sluice_logs where id = p_log;
$$;

create or replace function "${s}".sluice_remove_1(p_name text) returns void language plpgsql as $$
declare
  v_log bigint;
begin
  select id into v_log from "${s}".sluice_logs where name = p_name for update;
  if not found then return; end if;
  perform "${s}".sluice_delete_1(v_log);
  perform pg_notify('sluice_${s}', p_name);
end $$;`

/** Reads the state of logs, and their records, at once. */
export const readSql = (s: string) => `
create or replace function "${s}".sluice_read_1(p_asked jsonb, p_entries bigint, p_max_bytes bigint)
returns table (name text, epochs text, first text, last text, ended boolean, seq text, bytes bytea)
language plpgsql rows 100 set enable_seqscan = off as $$
declare
  v_history constant text := "${s}".sluice_history_1();
  v_stale bigint;
  v_now timestamptz;
begin
  for v_stale in
    select l.id from "${s}".sluice_logs l
    where l.name in (select a->>'name' from jsonb_array_elements(p_asked) a) and l.history <> v_history order by l.id
  loop
    perform "${s}".sluice_renew_1(v_stale, v_history);
  end loop;
  v_now := clock_timestamp();
  return query
    select l.name, l.epochs::text, oldest.seq::text, l.last::text, l.ended, page.seq::text, page.bytes
    from jsonb_to_recordset(p_asked) as a(name text, after bigint)
    join "${s}".sluice_logs l on l.name = a.name and l.expires > v_now
    cross join lateral (
      select coalesce((
        select r.seq from "${s}".sluice_records r
        where r.log = l.id and r.seq >= l.first and r.at > v_now - l.keep order by r.seq limit 1
      ), l.last + 1) as seq
    ) oldest
    left join lateral (
      select r.seq, r.bytes, r.before + length(r.bytes) - first_value(r.before) over w as sum,
        row_number() over w as number
      from "${s}".sluice_records r
      where r.log = l.id and r.seq > a.after and r.seq >= oldest.seq
      window w as (order by r.seq) order by r.seq limit p_entries
    ) page on page.number = 1 or page.sum <= p_max_bytes
    order by l.id, page.seq;
end $$;`

/** Compares and sets a register, and deletes what is too old. */
export const registersSql = (s: string) => `
create or replace function "${s}".sluice_swap_1(
  p_key text, p_expected bytea, p_next bytea, p_ttl_ms double precision
) returns bytea language plpgsql as $$
declare
  v_until timestamptz;
  v_old bytea;
  v_is_there boolean;
begin
  loop
    select r.value, r.expires into v_old, v_until from "${s}".sluice_registers r where r.key = p_key for update;
    v_is_there := found;
    if v_until <= clock_timestamp() then v_old := null; end if;
    if v_old is distinct from p_expected then return v_old; end if;
    v_until := clock_timestamp() + make_interval(secs => p_ttl_ms / 1000);
    if p_next is null then
      delete from "${s}".sluice_registers where key = p_key;
      return v_old;
    elsif v_is_there then
      update "${s}".sluice_registers set value = p_next, expires = v_until where key = p_key;
      return v_old;
    end if;
    insert into "${s}".sluice_registers values (p_key, p_next, v_until) on conflict do nothing;
    if found then return null; end if;
  end loop;
end $$;

create or replace function "${s}".sluice_sweep_1() returns void language plpgsql as $$
begin
  perform "${s}".sluice_delete_1(l.id) from (
    select id from "${s}".sluice_logs where expires <= clock_timestamp() limit 100 for update skip locked
  ) l;
  delete from "${s}".sluice_registers where key in (
    select key from "${s}".sluice_registers where expires <= clock_timestamp() limit 1000 for update skip locked
  );
end $$;`
