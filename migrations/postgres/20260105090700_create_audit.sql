-- A chain (RL S46): each row carries the SHA-256 of the one before it, and no row is ever changed or removed.
create table audit (
  seq bigint not null primary key,
  id uuid not null,
  school uuid,
  recorded_at bigint not null,
  actor text collate "C" not null,
  action text not null,
  target text not null,
  detail text not null,
  previous_hash text not null,
  hash text not null
);

create index audit_school on audit (school, seq);
create index audit_target on audit (target, seq);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'audit rows are never changed or removed';
end
$$;

create trigger audit_no_update before update on audit
  for each row execute function audit_is_append_only();
create trigger audit_no_delete before delete on audit
  for each row execute function audit_is_append_only();
create trigger audit_no_truncate before truncate on audit
  for each statement execute function audit_is_append_only();
