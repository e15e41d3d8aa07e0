create table plan_change (
  id uuid not null primary key,
  run uuid not null references run (id),
  school uuid not null,
  type text collate "C" not null,
  link uuid not null references link (id),
  position bigint not null,
  key text collate "C" not null,
  label text not null,
  side text not null,
  operation text not null,
  outcome text not null,
  verdict text not null,
  remote_id text collate "C",
  changed text not null,
  decisions text not null,
  pre_hash text,
  pre_version text,
  post_hash text,
  idempotency_key text,
  correlation text,
  refusals bigint not null,
  conflict text,
  apart text,
  before text,
  after text
);

create unique index plan_change_position on plan_change (run, position);
create index plan_change_group on plan_change (run, type, side, verdict);
create index plan_change_link on plan_change (link, side);

create table write (
  id uuid not null primary key,
  school uuid not null references school (id),
  run uuid references run (id),
  link uuid not null references link (id),
  type text collate "C" not null,
  side text not null,
  position bigint not null,
  operation text not null,
  state text not null,
  why text not null,
  remote_id text collate "C",
  idempotency_key text not null,
  correlation text not null,
  attempts bigint not null,
  runs_parked bigint not null,
  refusals bigint not null,
  fence bigint,
  last_sent_at bigint,
  settle_until bigint,
  held_until bigint,
  decision uuid,
  pre_hash text,
  pre_version text,
  post_hash text,
  answer_version text,
  answer_hash text,
  error_code text,
  error_message text,
  error_field text,
  created_at bigint not null,
  ended_at bigint,
  changed text not null,
  apart text,
  pre_body text,
  post_body text,
  answer_body text
);

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
  write uuid not null references write (id),
  number bigint not null,
  outcome text not null,
  detail text,
  answer_hash text,
  started_at bigint not null,
  ended_at bigint not null,
  primary key (write, number)
);
