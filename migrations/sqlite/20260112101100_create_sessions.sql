-- The identifier is known to one browser; here is its SHA-256 (RL S15). Rows are made once, changed while they are there,
-- and never come back.
create table session (
  id text not null primary key,
  person blob references person (id),
  created_at integer not null,
  seen_at integer not null,
  expires_at integer not null,
  data text not null
) strict;

create index session_person on session (person);
create index session_expiry on session (expires_at);

-- Failures to sign in, by account, by address and in all (RL S21). An account is named by the SHA-256 of its address, so
-- that mistyped ones are not kept.
create table sign_in_failure (
  subject text not null primary key,
  count integer not null,
  since integer not null,
  blocked_until integer
) strict;

create index sign_in_failure_age on sign_in_failure (since);
