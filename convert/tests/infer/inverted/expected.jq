# A proposal for 2 documents in 2 files, 15 leaves. Read it, edit it, and run it with `--from` and the name of this file.
#
# As it stands, it reads 1 shape as routes: 5 routes (9 pairs of event and consumer); 14 leaves converted, 1 that cannot be expressed, 0 unexplained.
#
# Documents:
#      2 with `services`: tests/infer/inverted/input/billing.yaml:2

def given: if type == "array" or type == "object" then length > 0 else . != null and . != "" end;

# 1. each of `.services[]` is a consumer, and the events that it wants: 4 of them, first at tests/infer/inverted/input/billing.yaml:3 (7 points)
#    +2 `subscribes` sounds like what happens
#    +2 `services` sounds like a place for consumers
#    +1 `subscribes` is what a consumer does
#    +1 each lists several events: the name is who is told
#    +1 5 of 6 events have the form of an event, as `order.*`
#       events with wildcards: 1, as `order.*`
#       `*` is taken for dots too; if it is one part of a name, write `pattern` for `glob`
#       `match`: each consumer is told what it wants, whatever others want
(.services?[]?
 | select((.subscribes? | given) and (.name? | given))
 | .subscribes[] as $event
 | if $event | startswith("!") then
     { cannot: [$event, .name, .team], why: "what is left out" }
   else
     { glob: $event, to: .name, owner: .team }
   end),
({ match: "all" }),

empty
