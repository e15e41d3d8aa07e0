-- Yes: both staged hashes equal the base's, both records live, and no conflict does (`candidate::IN_SYNC`). Null, as in
-- every row from before: a merge must look. The program says yes, and only by that question asked of the database; the
-- triggers take it back, whoever changes what was asked. Nothing is added to a link in sync but a conflict: it has its
-- base and both copies, so that an insert of one changes a row or fails.
alter table link add column in_sync integer;

create index link_unsynced on link (school, type, state, in_sync, id) where state = 'live' and in_sync is null;

create trigger staged_unsyncs after update of link, side, state, hash on staged
when old.hash is not new.hash or old.state <> new.state or old.side <> new.side or old.link <> new.link
begin
  update link set in_sync = null where id = old.link and in_sync is not null;
end;
create trigger staged_delete_unsyncs after delete on staged
begin
  update link set in_sync = null where id = old.link and in_sync is not null;
end;
create trigger base_unsyncs after update of link, hash on base
when old.hash <> new.hash or old.link <> new.link
begin
  update link set in_sync = null where id = old.link and in_sync is not null;
end;
create trigger base_delete_unsyncs after delete on base
begin
  update link set in_sync = null where id = old.link and in_sync is not null;
end;
create trigger conflict_unsyncs after update of link, closed_at on conflict
when new.closed_at is null and (old.closed_at is not null or old.link <> new.link)
begin
  update link set in_sync = null where id = new.link and in_sync is not null;
end;
create trigger conflict_insert_unsyncs after insert on conflict
when new.closed_at is null
begin
  update link set in_sync = null where id = new.link and in_sync is not null;
end;
