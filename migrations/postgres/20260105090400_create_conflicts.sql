create table conflict (
  id uuid not null primary key,
  school uuid not null references school (id),
  number bigint not null,
  type text collate "C" not null,
  link uuid not null references link (id),
  key text collate "C" not null,
  label text not null,
  search text not null,
  engine_id text not null,
  kind text not null,
  causes text not null,
  revision text not null,
  hold text not null,
  status text not null,
  cautious boolean not null,
  present_base boolean not null,
  present_ours boolean not null,
  present_theirs boolean not null,
  opened_run uuid,
  seen_run uuid,
  opened_at bigint not null,
  changed_at bigint not null,
  closed_at bigint
);

create unique index conflict_number on conflict (school, number);
-- MS C1: at most one conflict per record lives.
create unique index conflict_living on conflict (link) where closed_at is null;
create index conflict_status on conflict (school, status, number);
create index conflict_link on conflict (link);
-- MS C8: what was decided of the same record before. The key comes first: nothing else is to be counted or paged from it.
create index conflict_key on conflict (key, school, type) where closed_at is not null;

create table conflict_field (
  conflict uuid not null references conflict (id),
  path text not null,
  position bigint not null,
  base text,
  ours text,
  theirs text,
  question text not null,
  reason text not null,
  with_keys text not null,
  primary key (conflict, path)
);

create table decision (
  id uuid not null primary key,
  conflict uuid not null references conflict (id),
  conflict_revision text not null,
  person text not null,
  decided_at bigint not null,
  force boolean not null,
  reason text not null,
  state text not null,
  overwrote text
);

create index decision_conflict on decision (conflict, decided_at);
create index decision_state on decision (state, decided_at);

create table decision_field (
  decision uuid not null references decision (id),
  path text not null,
  position bigint not null,
  choice text not null,
  value text,
  primary key (decision, path)
);

create table difference (
  id uuid not null primary key,
  school uuid not null references school (id),
  link uuid not null references link (id),
  path text collate "C" not null,
  ours text,
  theirs text,
  conflict uuid not null references conflict (id),
  person text not null,
  person_id text not null,
  reason text not null,
  made_at bigint not null,
  until_at bigint,
  ended_at bigint,
  ended_how text,
  ended_by text
);

-- MS C10: a path of a record differs on purpose once at a time.
create unique index difference_standing on difference (link, path) where ended_at is null;
create index difference_school on difference (school, id) where ended_at is null;
