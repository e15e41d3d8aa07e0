create table link (
  id blob not null primary key,
  school blob not null references school (id),
  type text not null,
  key text not null,
  label text not null,
  search text not null,
  ours_id text,
  theirs_id text,
  state text not null,
  created_at integer not null,
  ended_at integer
) strict;

create unique index link_key on link (school, type, key) where state = 'live';
create unique index link_ours on link (school, type, ours_id) where state = 'live' and ours_id is not null;
create unique index link_theirs on link (school, type, theirs_id) where state = 'live' and theirs_id is not null;
create index link_scan on link (school, type, state, id);

-- Hash and state stand before the body, and the two `…_mark` indexes cover what the search for differing records
-- reads: a night without changes touches no body.
create table staged (
  link blob not null references link (id),
  side text not null,
  school blob not null,
  type text not null,
  remote_id text not null,
  state text not null,
  hash text,
  raw_hash text,
  version text,
  modified integer,
  origin text not null,
  run blob,
  missing_runs integer not null,
  missing_since integer,
  aliases text,
  body text,
  primary key (link, side)
) strict;

create unique index staged_remote on staged (school, type, side, remote_id);
create index staged_mark on staged (link, side, state, hash);

create table base (
  link blob not null primary key references link (id),
  hash text not null,
  generation integer not null,
  run blob,
  agreed_at integer not null,
  fields_agreed text not null,
  body text not null
) strict;

create index base_mark on base (link, hash);

create table quarantine (
  school blob not null references school (id),
  type text not null,
  side text not null,
  remote_id text not null,
  key text,
  state text not null,
  code text not null,
  message text not null,
  field text,
  version text,
  raw_hash text,
  runs_failed integer not null,
  first_run blob,
  last_run blob,
  first_at integer not null,
  last_at integer not null,
  raw text,
  primary key (school, type, side, remote_id)
) strict;

create index quarantine_run on quarantine (last_run);
