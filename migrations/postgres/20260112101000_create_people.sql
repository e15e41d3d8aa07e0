-- Who may sign in. The folded address is what makes two addresses the same person; the other is what people see.
-- search holds name and address in lower case, because the engines fold only some letters themselves.
create table person (
  id uuid not null primary key,
  email text not null,
  email_folded text collate "C" not null,
  name text not null,
  search text not null,
  password_hash text,
  disabled_at bigint,
  created_at bigint not null,
  last_seen_at bigint
);

create unique index person_email on person (email_folded);

-- A role without a school holds in every school.
create table person_role (
  person uuid not null references person (id),
  school uuid references school (id),
  role text not null
);

create unique index person_role_school on person_role (person, school) where school is not null;
create unique index person_role_everywhere on person_role (person) where school is null;
create index person_role_members on person_role (school, person);

-- The token is known to whoever got the link; here is its SHA-256.
create table invitation (
  token_hash text collate "C" not null primary key,
  email text not null,
  name text not null,
  school uuid references school (id),
  role text not null,
  invited_by text not null,
  created_at bigint not null,
  expires_at bigint not null,
  used_at bigint
);

create index invitation_school on invitation (school, expires_at);
