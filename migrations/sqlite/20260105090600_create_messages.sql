create table message (
  id blob not null primary key,
  school blob references school (id),
  run blob references run (id),
  message_id text not null,
  recipients text not null,
  subject text not null,
  text_body text not null,
  html_body text not null,
  state text not null,
  attempts integer not null,
  next_attempt_at integer not null,
  last_error text,
  created_at integer not null,
  sent_at integer
) strict;

create unique index message_identity on message (message_id);
create index message_due on message (state, next_attempt_at);
