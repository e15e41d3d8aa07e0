create table link (
  id uuid not null primary key,
  school uuid not null references school (id),
  type text collate "C" not null,
  key text collate "C" not null,
  label text not null,
  search text not null,
  ours_id text collate "C",
  theirs_id text collate "C",
  state text not null,
  created_at bigint not null,
  ended_at bigint
);

create unique index link_key on link (school, type, key) where state = 'live';
create unique index link_ours on link (school, type, ours_id) where state = 'live' and ours_id is not null;
create unique index link_theirs on link (school, type, theirs_id) where state = 'live' and theirs_id is not null;
create index link_scan on link (school, type, state, id);

-- Hash and state stand before the body, and the two `…_mark` indexes cover what the search for differing records
-- reads: a night without changes touches no body.
create table staged (
  link uuid not null references link (id),
  side text not null,
  school uuid not null,
  type text collate "C" not null,
  remote_id text collate "C" not null,
  state text not null,
  hash text,
  raw_hash text,
  version text,
  modified bigint,
  origin text not null,
  run uuid,
  missing_runs bigint not null,
  missing_since bigint,
  aliases text,
  body text,
  primary key (link, side)
);

create unique index staged_remote on staged (school, type, side, remote_id);
create index staged_mark on staged (link, side, state, hash);

create table base (
  link uuid not null primary key references link (id),
  hash text not null,
  generation bigint not null,
  run uuid,
  agreed_at bigint not null,
  fields_agreed text not null,
  body text not null
);

create index base_mark on base (link, hash);

create table quarantine (
  school uuid not null references school (id),
  type text collate "C" not null,
  side text not null,
  remote_id text collate "C" not null,
  key text collate "C",
  state text not null,
  code text not null,
  message text not null,
  field text,
  version text,
  raw_hash text,
  runs_failed bigint not null,
  first_run uuid,
  last_run uuid,
  first_at bigint not null,
  last_at bigint not null,
  raw text,
  primary key (school, type, side, remote_id)
);

create index quarantine_run on quarantine (last_run);
