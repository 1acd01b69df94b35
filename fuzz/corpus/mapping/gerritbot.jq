# gerritbot's channels.yaml, inverted: each IRC channel lists the events that it is told.

objects | to_entries[] | select(.value | .events? and .projects?)
| .key as $channel
| { consumer: $channel },
  (.value.projects[] as $project
   | .value.events[] as $kind
   | if $project | startswith("^") then
       { cannot: [$kind, $project, $channel], why: "a regular expression over projects" }
     else
       # The project of an event is a part of its name.
       { event: "\($kind):\($project)", to: $channel }
     end),
  (.value.branches | values
   | { cannot: ., why: "the branch is a condition on the content of an event" })
