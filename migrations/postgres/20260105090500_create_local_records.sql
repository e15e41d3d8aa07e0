-- Our own records, kept by this installation (CN C15): versions, a change sequence per school, tombstones.
create table local_record (
  school uuid not null references school (id),
  type text collate "C" not null,
  id text collate "C" not null,
  version bigint not null,
  seq bigint not null,
  removed boolean not null,
  natural_key text collate "C" not null,
  actor text not null,
  created_at bigint not null,
  updated_at bigint not null,
  fields text not null,
  primary key (school, type, id)
);

create unique index local_record_seq on local_record (school, seq);
create index local_record_changes on local_record (school, type, seq);
-- With the id at its end, or the planner would rather walk the records in the order of their ids.
create index local_record_natural on local_record (school, type, natural_key, id);
create index local_record_removed on local_record (school, type, seq) where removed;
