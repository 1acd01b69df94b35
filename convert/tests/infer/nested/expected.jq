# A proposal for 1 document in 1 file, 13 leaves. Read it, edit it, and run it with `--from` and the name of this file.
#
# As it stands, it reads 1 shape as routes: 7 routes (10 pairs of event and consumer); 10 leaves converted, 0 that cannot be expressed, 3 unexplained.
#
# Documents:
#      1 with `catalog`: tests/infer/nested/input/catalog.yaml:2

def given: if type == "array" or type == "object" then length > 0 else . != null and . != "" end;

# 1. each of `.catalog.*.events.*` is an event, and where it goes: 7 of them, first at tests/infer/nested/input/catalog.yaml:6 (7 points)
#    +3 `events` sounds like a place for routes
#    +2 5 of 6 keys have the form of an event, as `cancelled`
#    +1 there are lists: some go to several
#    +1 there are 10 values, and only 3 distinct ones
#       the keys of `.catalog.*` are the first part of the names of events, which have no parts of their own
(.catalog?
 | objects | to_entries[]
 | .key as $group | .value
 | .events?
 | objects | to_entries[]
 | .key as $event | .value
 | strings, arrays
 | select(given)
 | { event: "\($group).\($event)", to: . }),

# What is left stays unexplained until a rule says something of it. What means nothing for
# routes and settings is told so, with the reason:
# (.catalog? | { ignore: ., why: "TODO" }), # 3 leaves, first at tests/infer/nested/input/catalog.yaml:4

empty
