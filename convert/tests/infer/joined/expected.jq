# A proposal for 2 documents in 2 files, 17 leaves. Read it, edit it, and run it with `--from` and the name of this file.
#
# As it stands, it reads 1 shape as routes: 4 routes (8 pairs of event and consumer); 17 leaves converted, 0 that cannot be expressed, 0 unexplained.
#
# Documents:
#      1 with `groups`: tests/infer/joined/input/groups.yaml:1
#      1 with `routes`: tests/infer/joined/input/routes.yaml:2

def given: if type == "array" or type == "object" then length > 0 else . != null and . != "" end;

# All documents at once: names are declared in others than those that use them.
[., inputs] as $all
| $all[]
|
# 1. each of `.routes[]` says what happens, and where it goes: 4 of them, first at tests/infer/joined/input/routes.yaml:3 (7 points)
#    +2 `topic` sounds like what happens
#    +1 `via` may be where it goes
#    +1 `routes` sounds like a place for routes
#    +1 4 of 4 events have the form of an event, as `order.paid`
#    +2 4 of 4 values of `.routes[].via` are a `name` of `.groups[]` (tests/infer/joined/input/groups.yaml:2)
#       4 of these 4 stand in other documents
#       they lead on to `.groups[].targets[]`
(([$all[] | .groups?[]?] | INDEX(.name?)) as $named
 | .routes?[]?
 | select((.topic? | given) and (.via? | given))
 | [.via | $named[.]? | values | .targets | values] as $to
 | select($to | given)
 | { event: .topic, to: $to }),

empty
