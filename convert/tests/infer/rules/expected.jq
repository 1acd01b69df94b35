# A proposal for 1 document in 1 file, 18 leaves. Read it, edit it, and run it with `--from` and the name of this file.
#
# As it stands, it reads 1 shape as routes: 5 routes (7 pairs of event and consumer); 15 leaves converted, 3 that cannot be expressed, 0 unexplained.
#
# Documents:
#      1 with `notifications`: tests/infer/rules/input/notifications.yaml:2

def each: if type == "array" then .[] else . end;
def given: if type == "array" or type == "object" then length > 0 else . != null and . != "" end;

# 1. each of `.notifications[]` says what happens, and where it goes: 5 of them, first at tests/infer/rules/input/notifications.yaml:3 (6 points)
#    +2 `on` sounds like what happens
#    +2 `notify` sounds like where it goes
#    +1 5 of 5 events have the form of an event, as `invoice.*`
#    +1 there are 7 consumers, and only 3 distinct ones
#       1 of 5 have `if`, a condition: these are no plain routes
#       events with wildcards: 1, as `invoice.*`
#       `*` is taken for dots too; if it is one part of a name, write `pattern` for `glob`
#       `match`: of several that meet an event, the most specific answers, or `all` (or `first`)
(.notifications?[]?
 | select((.on? | given) and (.notify? | given))
 | if ."if"? | given then
     { cannot: [."if", .on, .notify, .timeout, .retries, .enabled, .description], why: "a condition on what an event holds" }
   else
     { glob: (.on | each), to: .notify, timeout: .timeout, retries: .retries, enabled: .enabled, doc: .description }
   end),
# ({ match: "all" }),

empty
