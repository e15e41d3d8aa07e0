-- The one row about this installation: which process runs it, when it was last alive, how long the audit chain is.
create table instance (
  id bigint not null primary key check (id = 1),
  boot_id uuid,
  started_at bigint,
  heartbeat_at bigint,
  audit_seq bigint not null
);

insert into instance (id, audit_seq) values (1, 0);

-- The counters hand out the numbers people say aloud. They live in the row of their school, so that its row lock
-- orders whoever asks, and a number is never given twice nor left out.
create table school (
  id uuid not null primary key,
  slug text collate "C" not null,
  name text not null,
  paused_ours boolean not null,
  paused_theirs boolean not null,
  staging boolean not null,
  last_run_number bigint not null,
  last_conflict_number bigint not null,
  last_settings_number bigint not null,
  last_local_seq bigint not null,
  created_at bigint not null
);

create unique index school_slug on school (slug);

create table settings_revision (
  school uuid not null references school (id),
  number bigint not null,
  hash text not null,
  document text not null,
  author text not null,
  reason text not null,
  created_at bigint not null,
  primary key (school, number)
);
