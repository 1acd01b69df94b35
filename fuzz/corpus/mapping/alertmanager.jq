# Alertmanager: a tree of routes that send alerts to receivers. An event is the labels that lead to a node: `service=files.severity=critical`.

def equality: capture("^ *(?<label>[a-zA-Z_][a-zA-Z0-9_]*) *= *\"?(?<value>[^~\"]*)\"? *$");

def node($path; $inherited):
  (.match // {}) as $match
  | (.matchers // []) as $matchers
  | [($match | to_entries[] | "\(.key)=\(.value)"), ($matchers[] | equality | "\(.label)=\(.value)")] as $own
  | if .match_re or ($own | length) < ($match | length) + ($matchers | length) then
      { cannot: [.match_re, $match, $matchers], why: "a condition other than that labels are equal" },
      { cannot: [.receiver, .routes], why: "where such a condition leads" }
    else
      ($path + $own) as $path
      | (.receiver // $inherited) as $receiver
      | { event: ($path | join(".")), to: $receiver },
        # What no node below takes stays here.
        (select(.routes) | { pattern: "\($path | join(".")).**", to: $receiver }),
        (.routes // [] | .[] | node($path; $receiver))
    end,
    (select(.continue) | { cannot: .continue, why: "later nodes are asked as well" }),
    (del(.match, .match_re, .matchers, .receiver, .routes, .continue) | .[]
     | { cannot: ., why: "how Alertmanager groups, repeats and mutes" });

select(.route?.receiver?)
| .route.receiver as $root
| { fallback: $root },
  (.route.routes // [] | .[] | node([]; $root)),
  (.route | del(.receiver, .routes) | .[] | { cannot: ., why: "how Alertmanager groups, repeats and mutes" }),
  (.receivers // [] | .[]
   | { consumer: .name },
     { ignore: del(.name), why: "how a receiver is reached" }),
  (.inhibit_rules // [] | .[] | { cannot: ., why: "an alert that keeps another silent" }),
  { ignore: del(.route, .receivers, .inhibit_rules), why: "how Alertmanager runs" }
