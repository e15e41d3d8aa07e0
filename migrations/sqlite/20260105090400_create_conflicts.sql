create table conflict (
  id blob not null primary key,
  school blob not null references school (id),
  number integer not null,
  type text not null,
  link blob not null references link (id),
  key text not null,
  label text not null,
  search text not null,
  engine_id text not null,
  kind text not null,
  causes text not null,
  revision text not null,
  hold text not null,
  status text not null,
  cautious integer not null,
  present_base integer not null,
  present_ours integer not null,
  present_theirs integer not null,
  opened_run blob,
  seen_run blob,
  opened_at integer not null,
  changed_at integer not null,
  closed_at integer
) strict;

create unique index conflict_number on conflict (school, number);
-- MS C1: at most one conflict per record lives.
create unique index conflict_living on conflict (link) where closed_at is null;
create index conflict_status on conflict (school, status, number);
create index conflict_link on conflict (link);
-- MS C8: what was decided of the same record before. The key comes first: nothing else is to be counted or paged from it.
create index conflict_key on conflict (key, school, type) where closed_at is not null;

create table conflict_field (
  conflict blob not null references conflict (id),
  path text not null,
  position integer not null,
  base text,
  ours text,
  theirs text,
  question text not null,
  reason text not null,
  with_keys text not null,
  primary key (conflict, path)
) strict;

create table decision (
  id blob not null primary key,
  conflict blob not null references conflict (id),
  conflict_revision text not null,
  person text not null,
  decided_at integer not null,
  force integer not null,
  reason text not null,
  state text not null,
  overwrote text
) strict;

create index decision_conflict on decision (conflict, decided_at);
create index decision_state on decision (state, decided_at);

create table decision_field (
  decision blob not null references decision (id),
  path text not null,
  position integer not null,
  choice text not null,
  value text,
  primary key (decision, path)
) strict;

create table difference (
  id blob not null primary key,
  school blob not null references school (id),
  link blob not null references link (id),
  path text not null,
  ours text,
  theirs text,
  conflict blob not null references conflict (id),
  person text not null,
  person_id text not null,
  reason text not null,
  made_at integer not null,
  until_at integer,
  ended_at integer,
  ended_how text,
  ended_by text
) strict;

-- MS C10: a path of a record differs on purpose once at a time.
create unique index difference_standing on difference (link, path) where ended_at is null;
create index difference_school on difference (school, id) where ended_at is null;
