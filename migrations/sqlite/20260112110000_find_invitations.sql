-- Whoever joins or is removed has no other link left: links are found by the folded address, as people are.
alter table invitation add column email_folded text not null default '';
create index invitation_email on invitation (email_folded);
