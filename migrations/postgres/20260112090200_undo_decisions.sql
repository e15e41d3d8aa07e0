-- An undo of what was written is a decision of its own; the base before it comes back with it (UX 6.7).
alter table decision add column undoes uuid;
alter table decision add column base text;
create index decision_undoes on decision (undoes) where undoes is not null;
