create table plan_change (
  id blob not null primary key,
  run blob not null references run (id),
  school blob not null,
  type text not null,
  link blob not null references link (id),
  position integer not null,
  key text not null,
  label text not null,
  side text not null,
  operation text not null,
  outcome text not null,
  verdict text not null,
  remote_id text,
  changed text not null,
  decisions text not null,
  pre_hash text,
  pre_version text,
  post_hash text,
  idempotency_key text,
  correlation text,
  refusals integer not null,
  conflict text,
  apart text,
  before text,
  after text
) strict;

create unique index plan_change_position on plan_change (run, position);
create index plan_change_group on plan_change (run, type, side, verdict);
create index plan_change_link on plan_change (link, side);

create table write (
  id blob not null primary key,
  school blob not null references school (id),
  run blob references run (id),
  link blob not null references link (id),
  type text not null,
  side text not null,
  position integer not null,
  operation text not null,
  state text not null,
  why text not null,
  remote_id text,
  idempotency_key text not null,
  correlation text not null,
  attempts integer not null,
  runs_parked integer not null,
  refusals integer not null,
  fence integer,
  last_sent_at integer,
  settle_until integer,
  held_until integer,
  decision blob,
  pre_hash text,
  pre_version text,
  post_hash text,
  answer_version text,
  answer_hash text,
  error_code text,
  error_message text,
  error_field text,
  created_at integer not null,
  ended_at integer,
  changed text not null,
  apart text,
  pre_body text,
  post_body text,
  answer_body text
) strict;

-- RL R1: one open write per record and side.
create unique index write_open on write (link, side)
  where state in ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked');
-- RL R2: a key is unique among open writes.
create unique index write_open_key on write (idempotency_key)
  where state in ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked');
create index write_open_school on write (school, state, position, id)
  where state in ('held', 'pending', 'sending', 'unknown', 'retry', 'acked', 'parked');
create index write_run on write (run, state, position);
create index write_refused on write (link, side, post_hash);
create index write_decision on write (decision) where decision is not null;

-- Append-only: one row for every request of a write.
create table attempt (
  write blob not null references write (id),
  number integer not null,
  outcome text not null,
  detail text,
  answer_hash text,
  started_at integer not null,
  ended_at integer not null,
  primary key (write, number)
) strict;
