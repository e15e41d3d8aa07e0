-- What a person has typed and not saved (UX 6.5).
create table draft (
  id uuid not null primary key,
  school uuid references school (id),
  person text collate "C" not null,
  subject text collate "C" not null,
  status bigint not null,
  updated_at bigint not null,
  problems text not null,
  body text not null
);

-- One draft for each person and subject; a subject without a school is one of the whole house.
create unique index draft_school on draft (school, person, subject) where school is not null;
create unique index draft_house on draft (person, subject) where school is null;
create index draft_subject on draft (school, subject, updated_at);
create index draft_updated on draft (updated_at);
