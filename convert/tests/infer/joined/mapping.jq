# By hand: routes joined to groups by name, across files.

[., inputs]
| ([.[].groups[]?] | INDEX(.name)) as $groups
| .[].routes[]?
| { event: .topic, to: $groups[.via].targets }
