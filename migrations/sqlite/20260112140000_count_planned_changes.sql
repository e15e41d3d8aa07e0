-- What a run comes to is counted for its report and its pages: from the index alone, in its order.
drop index plan_change_group;
create index plan_change_group on plan_change (run, type, side, verdict, operation, outcome);
