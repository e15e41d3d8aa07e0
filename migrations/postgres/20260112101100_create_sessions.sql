-- The identifier is known to one browser; here is its SHA-256 (RL S15). Rows are made once, changed while they are there,
-- and never come back.
create table session (
  id text collate "C" not null primary key,
  person uuid references person (id),
  created_at bigint not null,
  seen_at bigint not null,
  expires_at bigint not null,
  data text not null
);

create index session_person on session (person);
create index session_expiry on session (expires_at);

-- Failures to sign in, by account, by address and in all (RL S21). An account is named by the SHA-256 of its address, so
-- that mistyped ones are not kept.
create table sign_in_failure (
  subject text collate "C" not null primary key,
  count bigint not null,
  since bigint not null,
  blocked_until bigint
);

create index sign_in_failure_age on sign_in_failure (since);
