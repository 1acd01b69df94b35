# A proposal for 2 documents in 2 files, 15 leaves. Read it, edit it, and run it with `--from` and the name of this file.
#
# As it stands, it reads 1 shape as routes: 5 routes (7 pairs of event and consumer); 15 leaves converted, 0 that cannot be expressed, 0 unexplained. 1 shape less sure: as comments.
#
# Documents:
#      2 with `services`: tests/infer/inverted/input/billing.yaml:2

def given: . != null and . != "" and . != [] and . != {};

# 1. each of `.services[]` is a consumer, and the events that it wants: 4 of them, first at tests/infer/inverted/input/billing.yaml:3 (6 points)
#    +2 `subscribes` sounds like what happens
#    +2 `services` sounds like a place for consumers
#    +1 each lists several events: the name is who is told
#    +1 5 of 6 events have the form of an event, as `order.*`
#       1 distinct events have wildcards, as `order.*`: read as a shell does, where `*` is also dots; if it is one part of a name, write `pattern` for `glob`
(.services?[]?
 | select((.subscribes? | given) and (.name? | given))
 | .subscribes[] as $event
 | if $event | startswith("!") then
     { cannot: [$event, .name, .team], why: "what is left out" }
   else
     { glob: $event, to: .name, owner: .team }
   end),

# 2. Perhaps: each of `.services[]` says what happens, and where it goes: 4 of them, first at tests/infer/inverted/input/billing.yaml:3 (5 points)
#    +2 `subscribes` sounds like what happens
#    +1 `team` may be where it goes
#    +1 5 of 6 events have the form of an event, as `order.*`
#    +1 there are 3 consumers, and only 2 distinct ones
#       3 of 4 have `.services[].team`; the others stay unexplained
#       1 distinct events have wildcards, as `order.*`: read as a shell does, where `*` is also dots; if it is one part of a name, write `pattern` for `glob`
#    not active: the same records read better in another way
# (.services?[]?
#  | select((.subscribes? | given) and (.team? | given))
#  | .subscribes[] as $event
#  | if $event | startswith("!") then
#      { cannot: [$event, .team, .name], why: "what is left out" }
#    else
#      { glob: $event, to: .team, doc: .name }
#    end),

empty
