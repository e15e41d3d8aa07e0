-- How many there are, kept by triggers, so that no merge counts what it does not change.
create table link_count (
  school blob not null,
  type text not null,
  state text not null,
  count integer not null,
  primary key (school, type, state)
) strict;

create table staged_count (
  school blob not null,
  type text not null,
  side text not null,
  state text not null,
  count integer not null,
  primary key (school, type, side, state)
) strict;

create trigger link_insert_counts after insert on link
begin
  insert into link_count (school, type, state, count) values (new.school, new.type, new.state, 1)
    on conflict (school, type, state) do update set count = count + 1;
end;
create trigger link_delete_counts after delete on link
begin
  update link_count set count = count - 1 where school = old.school and type = old.type and state = old.state;
end;
create trigger link_counts after update of school, type, state on link
when old.state <> new.state or old.type <> new.type or old.school <> new.school
begin
  update link_count set count = count - 1 where school = old.school and type = old.type and state = old.state;
  insert into link_count (school, type, state, count) values (new.school, new.type, new.state, 1)
    on conflict (school, type, state) do update set count = count + 1;
end;

create trigger staged_insert_counts after insert on staged
begin
  insert into staged_count (school, type, side, state, count)
    values (new.school, new.type, new.side, new.state, 1)
    on conflict (school, type, side, state) do update set count = count + 1;
end;
create trigger staged_delete_counts after delete on staged
begin
  update staged_count set count = count - 1
  where school = old.school and type = old.type and side = old.side and state = old.state;
end;
create trigger staged_counts after update of school, type, side, state on staged
when old.state <> new.state or old.side <> new.side or old.type <> new.type or old.school <> new.school
begin
  update staged_count set count = count - 1
  where school = old.school and type = old.type and side = old.side and state = old.state;
  insert into staged_count (school, type, side, state, count)
    values (new.school, new.type, new.side, new.state, 1)
    on conflict (school, type, side, state) do update set count = count + 1;
end;

-- Once, over narrow indexes only: no body is read.
insert into link_count (school, type, state, count)
  select school, type, state, count(*) from link group by school, type, state;
insert into staged_count (school, type, side, state, count)
  select l.school, l.type, s.side, s.state, count(*) from link l join staged s on s.link = l.id
  group by l.school, l.type, s.side, s.state;
