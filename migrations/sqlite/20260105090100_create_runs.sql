create table lease (
  school blob not null references school (id),
  phase text not null,
  holder text not null,
  fence integer not null,
  expires_at integer not null,
  previous_holder text not null,
  previous_expires_at integer not null,
  primary key (school, phase)
) strict;

create table run (
  id blob not null primary key,
  school blob not null references school (id),
  number integer not null,
  kind text not null,
  slot text not null,
  fence integer not null,
  state text not null,
  ended text,
  options text not null,
  settings_revision integer not null,
  settings_hash text not null,
  plan_hash text,
  approved_plan_hash text,
  approved_by text,
  approved_at integer,
  stop_asked_by text,
  stop_asked_at integer,
  hold_reasons text,
  error text,
  summary text,
  requested_by text not null,
  requested_at integer not null,
  started_at integer,
  ended_at integer
) strict;

create unique index run_slot on run (school, kind, slot);
create unique index run_number on run (school, number);
create index run_open on run (school, state) where state <> 'reported';

create table schedule (
  school blob not null references school (id),
  kind text not null,
  slot text not null,
  due_at integer not null,
  state text not null,
  run blob references run (id),
  primary key (school, kind, slot)
) strict;

create index schedule_due on schedule (state, due_at);

create table run_step (
  run blob not null references run (id),
  phase text not null,
  type text not null,
  side text not null,
  state text not null,
  pages integer not null,
  declared_total integer,
  items_seen integer not null,
  first_cursor text,
  last_cursor text,
  server_time integer,
  complete integer not null,
  issue text,
  counts text,
  started_at integer not null,
  ended_at integer,
  primary key (run, phase, type, side)
) strict;

create table inbox_page (
  run blob not null references run (id),
  type text not null,
  side text not null,
  page_no integer not null,
  cursor text,
  remote_ids text not null,
  primary key (run, type, side, page_no)
) strict;

create table inbox (
  run blob not null references run (id),
  type text not null,
  side text not null,
  page_no integer not null,
  position integer not null,
  kind text not null,
  remote_id text not null,
  version text,
  modified integer,
  raw_hash text,
  why text,
  body text,
  primary key (run, type, side, page_no, position)
) strict;
