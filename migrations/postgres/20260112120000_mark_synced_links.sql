-- Yes: both staged hashes equal the base's, both records live, and no conflict does (`candidate::IN_SYNC`). Null, as in
-- every row from before: a merge must look. The program says yes, and only by that question asked of the database; the
-- triggers take it back, whoever changes what was asked. Nothing is added to a link in sync but a conflict: it has its
-- base and both copies, so that an insert of one changes a row or fails.
alter table link add column in_sync boolean;

create index link_unsynced on link (school, type, state, in_sync, id) where state = 'live' and in_sync is null;

-- Who says yes locks the link before it looks, and so does this before it takes it back: else each could miss what the
-- other has not committed. The second statement sees what was committed while the first one waited.
create function unsync(links uuid[]) returns void language plpgsql as $$
begin
  perform from link where id = any (links) order by id for no key update;
  update link set in_sync = null where id = any (links) and in_sync is not null;
end
$$;

-- One statement may change many rows, so the rows of a statement are looked at together.
create function staged_unsyncs() returns trigger language plpgsql as $$
begin
  perform unsync(array(
    select distinct g.link from gone g left join come c on c.link = g.link and c.side = g.side
    where c.hash is distinct from g.hash or c.state is distinct from g.state));
  return null;
end
$$;
create function base_unsyncs() returns trigger language plpgsql as $$
begin
  perform unsync(array(
    select g.link from gone g left join come c on c.link = g.link where c.hash is distinct from g.hash));
  return null;
end
$$;
create function conflict_unsyncs() returns trigger language plpgsql as $$
begin
  perform unsync(array(
    select distinct c.link from come c left join gone g on g.id = c.id and g.link = c.link
    where c.closed_at is null and (g.id is null or g.closed_at is not null)));
  return null;
end
$$;
create function conflict_insert_unsyncs() returns trigger language plpgsql as $$
begin
  perform unsync(array(select distinct link from come where closed_at is null));
  return null;
end
$$;
create function delete_unsyncs() returns trigger language plpgsql as $$
begin
  perform unsync(array(select distinct link from gone));
  return null;
end
$$;

create trigger staged_unsyncs after update on staged referencing old table as gone new table as come
  for each statement execute function staged_unsyncs();
create trigger staged_delete_unsyncs after delete on staged referencing old table as gone
  for each statement execute function delete_unsyncs();
create trigger base_unsyncs after update on base referencing old table as gone new table as come
  for each statement execute function base_unsyncs();
create trigger base_delete_unsyncs after delete on base referencing old table as gone
  for each statement execute function delete_unsyncs();
create trigger conflict_unsyncs after update on conflict referencing old table as gone new table as come
  for each statement execute function conflict_unsyncs();
create trigger conflict_insert_unsyncs after insert on conflict referencing new table as come
  for each statement execute function conflict_insert_unsyncs();
