# By hand: consumer -> events, of which each is told to all who want it.

{ match: "all" },
(.services[]
| .name as $service
| .team as $team
| .subscribes[]
| if startswith("!") then { cannot: [., $service], why: "what is left out" }
  else { glob: ., to: $service, owner: $team } end)
