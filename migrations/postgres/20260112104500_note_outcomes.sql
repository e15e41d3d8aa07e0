-- When a run came into each of its states: what the steps of UX 7.2 took.
create table run_state (
  run uuid not null references run (id),
  state text not null,
  began_at bigint not null,
  primary key (run, state)
);

-- The outcome in the words of UX 3 as it was when the run ended, for the filter of the history.
alter table run add column outcome text;

-- Conflicts found and settled by day (UX 7.2).
create index conflict_opened on conflict (school, opened_at);
create index conflict_closed on conflict (school, closed_at);
