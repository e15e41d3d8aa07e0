create table message (
  id uuid not null primary key,
  school uuid references school (id),
  run uuid references run (id),
  message_id text not null,
  recipients text not null,
  subject text not null,
  text_body text not null,
  html_body text not null,
  state text not null,
  attempts bigint not null,
  next_attempt_at bigint not null,
  last_error text,
  created_at bigint not null,
  sent_at bigint
);

create unique index message_identity on message (message_id);
create index message_due on message (state, next_attempt_at);
