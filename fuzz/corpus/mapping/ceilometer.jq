# OpenStack Ceilometer: event_definitions.yaml names types of events, event_pipeline.yaml joins sources to sinks.

def each: if type == "array" then .[] else . end;

[., inputs]
| [.[] | arrays | .[] | select(objects | .event_type)] as $definitions
| .[] | objects | select((.sources? | type) == "array" and (.sinks? | type) == "array")
| (.sinks | INDEX(.name)) as $sinks
| .sources[] | select(.events)
| [.sinks[] | $sinks[.].publishers[]] as $publishers
| (.events[]
   | if startswith("!") then { cannot: ., why: "events that a source leaves out" }
     else { glob: ., to: $publishers } end),
  # Each type that has a definition goes where the source that takes everything goes.
  (select(any(.events[]; . == "*"))
   | $definitions[] | .event_type | each | { glob: ., to: $publishers }),
  ($definitions[] | .traits | { ignore: ., why: "what is kept of the content of an event" }),
  { ignore: .name, why: "sources are only named" }
