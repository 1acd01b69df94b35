# By hand: events in groups.

.catalog | to_entries[]
| .key as $group | .value.owner as $owner
| .value.events | to_entries[]
| { event: "\($group).\(.key)", to: .value, owner: $owner }
