-- Somebody wants a record read again on both sides; the pipeline does it (UX 7.4.8). One row for each record.
create table read_request (
  link blob not null primary key references link (id),
  school blob not null references school (id),
  asked_at integer not null,
  done_at integer,
  error text
) strict;

create index read_request_open on read_request (school, asked_at) where done_at is null or done_at < asked_at;
