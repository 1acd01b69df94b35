# A proposal for 2 documents in 2 files, 12 leaves. Read it, edit it, and run it with `--from` and the name of this file.
#
# As it stands, it reads 1 shape as routes: 4 routes (6 pairs of event and consumer); 9 leaves converted, 0 that cannot be expressed, 3 unexplained.
#
# Documents:
#      1 with `handlers`: tests/infer/handlers/input/events.yaml:2
#      1 with `services`: tests/infer/handlers/input/services.yaml:1

def given: if type == "array" or type == "object" then length > 0 else . != null and . != "" end;

# 1. each of `.handlers.*` is an event, and where it goes: 4 of them, first at tests/infer/handlers/input/events.yaml:4 (9 points)
#    +3 4 of 4 keys have the form of an event, as `order.cancelled`
#    +2 `handlers` sounds like a place for consumers
#    +1 there are lists: some go to several
#    +2 6 of 6 values of `.handlers.*` are keys of `.services` (tests/infer/handlers/input/services.yaml:2)
#       6 of these 6 stand in other documents
#    +1 there are 6 values, and only 3 distinct ones
(.handlers?
 | objects | to_entries[]
 | .key as $event | .value
 | strings, arrays
 | select(given)
 | { event: $event, to: . }),
(.services?
 | objects | to_entries[]
 | .key as $name | .value
 | { consumer: $name, http: ([.url? | strings][0]) }),

# What is left stays unexplained until a rule says something of it. What means nothing for
# routes and settings is told so, with the reason:
# (.services? | { ignore: ., why: "TODO" }), # 3 leaves, first at tests/infer/handlers/input/services.yaml:2

empty
