create table lease (
  school uuid not null references school (id),
  phase text not null,
  holder text not null,
  fence bigint not null,
  expires_at bigint not null,
  previous_holder text not null,
  previous_expires_at bigint not null,
  primary key (school, phase)
);

create table run (
  id uuid not null primary key,
  school uuid not null references school (id),
  number bigint not null,
  kind text not null,
  slot text collate "C" not null,
  fence bigint not null,
  state text not null,
  ended text,
  options text not null,
  settings_revision bigint not null,
  settings_hash text not null,
  plan_hash text,
  approved_plan_hash text,
  approved_by text,
  approved_at bigint,
  stop_asked_by text,
  stop_asked_at bigint,
  hold_reasons text,
  error text,
  summary text,
  requested_by text not null,
  requested_at bigint not null,
  started_at bigint,
  ended_at bigint
);

create unique index run_slot on run (school, kind, slot);
create unique index run_number on run (school, number);
create index run_open on run (school, state) where state <> 'reported';

create table schedule (
  school uuid not null references school (id),
  kind text not null,
  slot text collate "C" not null,
  due_at bigint not null,
  state text not null,
  run uuid references run (id),
  primary key (school, kind, slot)
);

create index schedule_due on schedule (state, due_at);

create table run_step (
  run uuid not null references run (id),
  phase text not null,
  type text collate "C" not null,
  side text not null,
  state text not null,
  pages bigint not null,
  declared_total bigint,
  items_seen bigint not null,
  first_cursor text,
  last_cursor text,
  server_time bigint,
  complete boolean not null,
  issue text,
  counts text,
  started_at bigint not null,
  ended_at bigint,
  primary key (run, phase, type, side)
);

create table inbox_page (
  run uuid not null references run (id),
  type text collate "C" not null,
  side text not null,
  page_no bigint not null,
  cursor text,
  remote_ids text not null,
  primary key (run, type, side, page_no)
);

create table inbox (
  run uuid not null references run (id),
  type text collate "C" not null,
  side text not null,
  page_no bigint not null,
  position bigint not null,
  kind text not null,
  remote_id text collate "C" not null,
  version text,
  modified bigint,
  raw_hash text,
  why text,
  body text,
  primary key (run, type, side, page_no, position)
);
