-- A chain (RL S46): each row carries the SHA-256 of the one before it, and no row is ever changed or removed.
create table audit (
  seq integer not null primary key,
  id blob not null,
  school blob,
  recorded_at integer not null,
  actor text not null,
  action text not null,
  target text not null,
  detail text not null,
  previous_hash text not null,
  hash text not null
) strict;

create index audit_school on audit (school, seq);
create index audit_target on audit (target, seq);

create trigger audit_no_update before update on audit
begin
  select raise(abort, 'audit rows are never changed or removed');
end;
create trigger audit_no_delete before delete on audit
begin
  select raise(abort, 'audit rows are never changed or removed');
end;
