-- The queue: counting and paging read this index alone, also when they filter (UX 7.3.1).
drop index conflict_status;
create index conflict_queue on conflict (school, status, number, type, kind, opened_at, changed_at, opened_run, id);
create index conflict_label on conflict (school, status, search, number);
