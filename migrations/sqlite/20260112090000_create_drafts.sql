-- What a person has typed and not saved (UX 6.5).
create table draft (
  id blob not null primary key,
  school blob references school (id),
  person text not null,
  subject text not null,
  status integer not null,
  updated_at integer not null,
  problems text not null,
  body text not null
) strict;

-- One draft for each person and subject; a subject without a school is one of the whole house.
create unique index draft_school on draft (school, person, subject) where school is not null;
create unique index draft_house on draft (person, subject) where school is null;
create index draft_subject on draft (school, subject, updated_at);
create index draft_updated on draft (updated_at);
