-- Names are chosen freely, so they tell nobody apart: who decided is known by id. Empty at the command line.
alter table decision add column person_id text not null default '';
