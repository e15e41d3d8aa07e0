-- How many there are, kept by triggers, so that no merge counts what it does not change.
create table link_count (
  school uuid not null,
  type text collate "C" not null,
  state text not null,
  count bigint not null,
  primary key (school, type, state)
);

create table staged_count (
  school uuid not null,
  type text collate "C" not null,
  side text not null,
  state text not null,
  count bigint not null,
  primary key (school, type, side, state)
);

-- One statement may change many rows; what it comes to is added at once, always in the same order.
create function link_counts() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into link_count as held (school, type, state, count)
      select school, type, state, count(*) from come group by school, type, state order by school, type, state
      on conflict (school, type, state) do update set count = held.count + excluded.count;
  elsif tg_op = 'DELETE' then
    insert into link_count as held (school, type, state, count)
      select school, type, state, -count(*) from gone group by school, type, state order by school, type, state
      on conflict (school, type, state) do update set count = held.count + excluded.count;
  else
    insert into link_count as held (school, type, state, count)
      select school, type, state, sum(step)
      from (select school, type, state, 1 as step from come
        union all select school, type, state, -1 from gone) moved
      group by school, type, state having sum(step) <> 0 order by school, type, state
      on conflict (school, type, state) do update set count = held.count + excluded.count;
  end if;
  return null;
end
$$;
create function staged_counts() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into staged_count as held (school, type, side, state, count)
      select school, type, side, state, count(*) from come
      group by school, type, side, state order by school, type, side, state
      on conflict (school, type, side, state) do update set count = held.count + excluded.count;
  elsif tg_op = 'DELETE' then
    insert into staged_count as held (school, type, side, state, count)
      select school, type, side, state, -count(*) from gone
      group by school, type, side, state order by school, type, side, state
      on conflict (school, type, side, state) do update set count = held.count + excluded.count;
  else
    insert into staged_count as held (school, type, side, state, count)
      select school, type, side, state, sum(step)
      from (select school, type, side, state, 1 as step from come
        union all select school, type, side, state, -1 from gone) moved
      group by school, type, side, state having sum(step) <> 0 order by school, type, side, state
      on conflict (school, type, side, state) do update set count = held.count + excluded.count;
  end if;
  return null;
end
$$;

create trigger link_insert_counts after insert on link referencing new table as come
  for each statement execute function link_counts();
create trigger link_delete_counts after delete on link referencing old table as gone
  for each statement execute function link_counts();
create trigger link_counts after update on link referencing old table as gone new table as come
  for each statement execute function link_counts();
create trigger staged_insert_counts after insert on staged referencing new table as come
  for each statement execute function staged_counts();
create trigger staged_delete_counts after delete on staged referencing old table as gone
  for each statement execute function staged_counts();
create trigger staged_counts after update on staged referencing old table as gone new table as come
  for each statement execute function staged_counts();

-- Once, and after the triggers, which let nobody write until this is committed.
insert into link_count (school, type, state, count)
  select school, type, state, count(*) from link group by school, type, state;
insert into staged_count (school, type, side, state, count)
  select school, type, side, state, count(*) from staged group by school, type, side, state;
