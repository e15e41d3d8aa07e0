create table people(
  id integer primary key,
  email text not null unique,
  given_name text,
  family_name text,
  credits integer,
  updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
create trigger people_touch after update of email, given_name, family_name, credits on people begin
  update people set updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') where id = new.id;
end;
