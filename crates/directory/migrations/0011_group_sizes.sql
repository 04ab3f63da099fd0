-- How many people are in each group there is. By itself: nobody waits for a table while it is counted.
UPDATE groups SET enabled_members = (SELECT COUNT(*) FROM memberships m
    WHERE m.realm = groups.realm AND m.group_id = groups.id AND m.status = 'enabled');
