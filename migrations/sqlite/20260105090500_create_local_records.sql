-- Our own records, kept by this installation (CN C15): versions, a change sequence per school, tombstones.
create table local_record (
  school blob not null references school (id),
  type text not null,
  id text not null,
  version integer not null,
  seq integer not null,
  removed integer not null,
  natural_key text not null,
  actor text not null,
  created_at integer not null,
  updated_at integer not null,
  fields text not null,
  primary key (school, type, id)
) strict;

create unique index local_record_seq on local_record (school, seq);
create index local_record_changes on local_record (school, type, seq);
-- With the id at its end, or the planner would rather walk the records in the order of their ids.
create index local_record_natural on local_record (school, type, natural_key, id);
create index local_record_removed on local_record (school, type, seq) where removed;
