-- The one row about this installation: which process runs it, when it was last alive, how long the audit chain is.
create table instance (
  id integer not null primary key check (id = 1),
  boot_id blob,
  started_at integer,
  heartbeat_at integer,
  audit_seq integer not null
) strict;

insert into instance (id, audit_seq) values (1, 0);

-- The counters hand out the numbers people say aloud. They live in the row of their school, so that its row lock
-- orders whoever asks, and a number is never given twice nor left out.
create table school (
  id blob not null primary key,
  slug text not null,
  name text not null,
  paused_ours integer not null,
  paused_theirs integer not null,
  staging integer not null,
  last_run_number integer not null,
  last_conflict_number integer not null,
  last_settings_number integer not null,
  last_local_seq integer not null,
  created_at integer not null
) strict;

create unique index school_slug on school (slug);

create table settings_revision (
  school blob not null references school (id),
  number integer not null,
  hash text not null,
  document text not null,
  author text not null,
  reason text not null,
  created_at integer not null,
  primary key (school, number)
) strict;
