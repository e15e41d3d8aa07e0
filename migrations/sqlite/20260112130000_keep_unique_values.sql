-- MS K1: what each record holds of the sets of fields that must be unique in its type, as a hash of the compare forms; null
-- where one of them is blank. `plan` is null while that is what both sides have agreed on; else it says what the last plan
-- made of the record, or that the row is stale.
create table unique_value (
  link blob not null references link (id),
  position integer not null,
  school blob not null,
  type text not null,
  value text,
  plan text,
  primary key (link, position)
) strict;

create index unique_value_holders on unique_value (school, type, value, plan, link) where value is not null;
create index unique_value_planned on unique_value (school, type, plan, link) where plan is not null;

-- Under which declaration the rows of a type were made, and whether all of them were.
create table unique_declaration (
  school blob not null references school (id),
  type text not null,
  declared text not null,
  complete integer not null,
  primary key (school, type)
) strict;

-- MS K1, C9: the sets that a record shares with others, as JSON; null where it shares none.
alter table conflict add column duplicates text;
