-- MS K1: what each record holds of the sets of fields that must be unique in its type, as a hash of the compare forms; null
-- where one of them is blank. `plan` is null while that is what both sides have agreed on; else it says what the last plan
-- made of the record, or that the row is stale.
create table unique_value (
  link uuid not null references link (id),
  position bigint not null,
  school uuid not null,
  type text collate "C" not null,
  value text collate "C",
  plan text,
  primary key (link, position)
);

create index unique_value_holders on unique_value (school, type, value, plan, link) where value is not null;
create index unique_value_planned on unique_value (school, type, plan, link) where plan is not null;

-- Under which declaration the rows of a type were made, and whether all of them were.
create table unique_declaration (
  school uuid not null references school (id),
  type text collate "C" not null,
  declared text not null,
  complete boolean not null,
  primary key (school, type)
);

-- MS K1, C9: the sets that a record shares with others, as JSON; null where it shares none.
alter table conflict add column duplicates text;
