# Alertmanager: a tree of routes that send alerts to receivers.
#
# An event is the labels that lead to a node, from the root: `service=files.severity=critical`. It stands for an alert
# that has no other label which the tree asks for, and goes where Alertmanager sends that: to the first node that
# matches, to the next as well after `continue`, and else to the node above.

def each: if type == "array" then .[] else . end;
def unquoted: if startswith("\"") then .[1:-1] | gsub("\\\\(?<c>.)"; "\(.c)") else . end;

# `match` and `match_re` as they were; `matchers` are texts with one or more, in braces or not, with quotes or not.
def matchers:
  (.match // {} | to_entries[] | {name: .key, op: "=", value: (.value | tostring)}),
  (.match_re // {} | to_entries[] | {name: .key, op: "=~", value: (.value | tostring)}),
  (.matchers // [] | each
   | [capture("(?<name>\"([^\"\\\\]|\\\\.)*\"|[^\\s=!~,{}\"]+)\\s*(?<op>=~|!~|!=|=)\\s*(?<value>\"([^\"\\\\]|\\\\.)*\"|[^,{}\"]*)"; "g")
      | {name: (.name | unquoted), op: .op, value: (.value | sub("\\s+$"; "") | unquoted)}] as $all
   | if $all == [] then {name: ., op: "?", value: ""} else $all[] end);
# A label that an alert does not have is empty.
def holds($labels):
  .op as $op | .value as $value
  | ($labels[.name] // "")
  | if $op == "=" then . == $value
    elif $op == "!=" then . != $value
    elif $op == "?" then false
    else (try test("^(?:\($value))$") catch false) == ($op == "=~") end;

# A tree of which the matchers are read.
def read:
  { receiver: .receiver, continue: .continue, matchers: [matchers], routes: [.routes // [] | .[] | read] };
# The receivers of an alert with these labels that has come to a node of it.
def answer($labels; $inherited):
  (.receiver // $inherited) as $receiver
  | reduce .routes[] as $node ({open: true, to: []};
      if .open and all($node.matchers[]; holds($labels)) then
        {open: ($node.continue == true), to: (.to + [$node | answer($labels; $receiver)])}
      else . end)
  | if .to == [] then $receiver else .to[] end;

def how: { cannot: ., why: "how Alertmanager groups, repeats and mutes" };

def node($root; $path; $labels):
  [matchers] as $all
  | [$all[] | select(.op == "=" and .value != "")] as $equal
  | if ($all | length) > ($equal | length) then
      { cannot: [.match_re, .matchers, .match | values], why: "a condition other than that labels are equal" },
      (select(.routes) | { cannot: .routes, why: "where such a condition leads" }),
      { ignore: .receiver, why: "no event of a name gets here" }
    else
      ($path + [$equal[] | "\(.name)=\(.value)"]) as $path
      | ($labels + ([$equal[] | {key: .name, value: .value}] | from_entries)) as $labels
      | ([$root | answer($labels; null)] | unique) as $to
      | (select($equal != []) | { event: ($path | join(".")), to: $to }),
        # With whatever other labels, as long as no node below asks for them.
        (select($equal != [] and .routes) | { pattern: "\($path | join(".")).**", to: $to }),
        (.routes // [] | .[] | node($root; $path; $labels)),
        { ignore: [.receiver, .match, .matchers], why: "an earlier node takes what would get here" }
    end,
    (select(.continue) | { cannot: .continue, why: "later nodes that ask for other labels are asked as well" }),
    { ignore: .continue, why: "no later node is asked" },
    (to_entries[]
     | select(.key | IN("match", "match_re", "matchers", "receiver", "routes", "continue") | not) | .value | how);

objects
| select(.route?.receiver?)
| (.route as $route
   | ($route | read) as $root
   | { fallback: ([$root | answer({}; null)] | unique) },
     ($route.routes // [] | .[] | node($root; []; {})),
     { ignore: $route.receiver, why: "an earlier node takes what would stay here" },
     ($route | to_entries[] | select(.key | IN("receiver", "routes") | not) | .value | how)),
  (.receivers // [] | .[]
   | { consumer: .name },
     { ignore: del(.name), why: "how a receiver is reached" }),
  (.inhibit_rules // [] | .[] | { cannot: ., why: "an alert that keeps another silent" }),
  ((.mute_time_intervals, .time_intervals | values) | { cannot: ., why: "when alerts are kept silent" }),
  { ignore: del(.route, .receivers, .inhibit_rules), why: "how Alertmanager runs" }
