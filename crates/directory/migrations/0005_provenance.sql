-- Who wrote a person's record as a whole: operator, system, client:<space of externalIds>, user:<id>, wire:bound, wire:unbound
-- (the spaces that Wire's tokens share). Null = not known: written before this was kept.
ALTER TABLE users ADD COLUMN writer TEXT;
-- JSON object: attribute -> { by, refused }, for attributes that somebody else wrote last, or whose kept value a program goes on
-- refusing (space -> short hash of what it sent). Null = none.
ALTER TABLE users ADD COLUMN other_writers TEXT;
